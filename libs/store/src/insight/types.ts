import type { AttemptState, JobState, NodeState } from '@atelier/contracts';

/** Seconds that an attempt spent in each stage; `wait` is from lease to start. */
export interface StageSeconds {
  wait: number;
  load: number;
  encode: number;
  denoise: number;
  decode: number;
  upload: number;
}

export interface Span {
  index: number;
  number: number;
  state: AttemptState;
  nodeId: string;
  slotId: string;
  leasedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  stages: StageSeconds;
}

export interface Timeline {
  attempts: number;
  stages: StageSeconds;
  spans: Span[];
}

export interface FailureSummary {
  cause: string;
  message: string;
  tasks: number;
  indices: number[];
  nodes: string[];
}

export type Change =
  | { kind: 'node'; at: Date; id: string; name: string; state: NodeState }
  | { kind: 'job'; at: Date; id: string; name: string; state: JobState };

/** Reads over many rows that only people ask for. */
export interface Insight {
  /** The `limit` latest attempts of a job, oldest first, and the sums of its successful ones. */
  timeline(jobId: string, limit: number): Promise<Timeline>;
  /** Dead tasks of a job by cause, the most frequent first. */
  failures(jobId: string): Promise<FailureSummary[]>;
  /** Pictures by the minute since `since`: minutes without one are absent. */
  picturesByMinute(since: Date): Promise<{ minute: Date; pictures: number }[]>;
  /** Changes of state of nodes and jobs since `since`, newest first. */
  changes(since: Date, limit: number): Promise<Change[]>;
  /** Tasks given up since `since`. */
  deadSince(since: Date): Promise<number>;
}
