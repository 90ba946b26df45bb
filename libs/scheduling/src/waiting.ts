/** Why work waits, in a sentence: the first rule of the closed list that holds it. */
import type { Jobs } from './jobs.js';
import { affinityHoldMs, avoidHoldMs, type HoldRule } from './rules.js';
import { hasFeatures, hasModels, type Slots } from './slots.js';
import type { Waiting } from './types.js';
import { compareItems, type WorkIndex } from './work.js';

export function explainWaiting(jobId: string, jobs: Jobs, index: WorkIndex, slots: Slots): Waiting | null {
  const waiting = jobs.firstWaiting(jobId);
  if (!waiting) return null;
  const { item, jobClass, need } = waiting;
  const because = (rule: HoldRule, sentence: string): Waiting => ({ rule, sentence });

  if (!need) return because('paused', 'The job is paused.');
  const suspended = index.suspended.get(need.residencyKey);
  if (suspended !== undefined) return because('suspended', suspended);
  const all = [...slots.all];
  if (all.length === 0)
    return because('no-slot', 'No slot serves: no node is connected, or all are drained or blocked.');

  const withFeatures = all.filter((slot) => hasFeatures(slot, jobClass));
  if (withFeatures.length === 0) {
    return because('missing-feature', `No slot has an engine with ${jobClass.features.join(', ')}.`);
  }
  const able = withFeatures.filter((slot) => hasModels(slot, jobClass));
  if (able.length === 0) {
    const names = jobClass.models.map(({ name }) => name).join(' and ');
    return because('missing-model', `No node that could render it has ${names}.`);
  }
  if (!item.forgiven && able.every(({ nodeId }) => item.avoid.includes(nodeId))) {
    const sentence = `Its tasks failed on every node that can run them; they are tried there again after ${avoidHoldMs / 1000} s.`;
    return because('failed-there', sentence);
  }
  const slotsThat = able.length === 1 ? 'The slot that can run it is' : `All ${able.length} slots that can run it are`;
  const first = [...index.needs].every((other) => compareItems(item, other.items[0]!) <= 0);
  if (first && able.every(({ resident }) => resident !== need.residencyKey)) {
    const sentence = `${slotsThat} busy with the checkpoint that is loaded; the job gets its turn after at most ${affinityHoldMs / 1000} s of that.`;
    return because('affinity', sentence);
  }
  return because('behind-others', `${slotsThat} busy${first ? '' : ', and other work comes first'}.`);
}
