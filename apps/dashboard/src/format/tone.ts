/** The one place where a state gets its colour. A colour never speaks alone: the word always stands beside it. */
import type { FarmView, JobState, NodeView, SlotView, TaskState } from '@atelier/contracts/rest';

/** `work` something happens, `good` ready or done, `wait` held for a reason, `bad` needs a person, `still` nothing to say. */
export type Tone = 'work' | 'good' | 'wait' | 'bad' | 'still';

export const farmTone: Record<FarmView['status'], Tone> = {
  working: 'work',
  idle: 'good',
  waiting: 'wait',
  paused: 'wait',
  empty: 'still',
};

export const jobTone: Record<JobState, Tone> = {
  queued: 'wait',
  running: 'work',
  paused: 'wait',
  cancelling: 'wait',
  cancelled: 'still',
  completed: 'good',
  failed: 'bad',
};

export const taskTone: Record<TaskState, Tone> = {
  pending: 'still',
  leased: 'wait',
  running: 'work',
  uploading: 'work',
  succeeded: 'good',
  dead: 'bad',
  cancelled: 'still',
};

export const nodeTone: Record<NodeView['state'], Tone> = {
  joining: 'wait',
  testing: 'wait',
  ready: 'good',
  draining: 'wait',
  drained: 'still',
  quarantined: 'bad',
  offline: 'bad',
  off: 'still',
};

export const slotTone: Record<SlotView['state'], Tone> = {
  starting: 'wait',
  idle: 'good',
  busy: 'work',
  drained: 'still',
  blocked: 'bad',
  offline: 'bad',
};
