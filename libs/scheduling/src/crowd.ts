/** When a job ends among those of others: every owner has his share, every job of an owner an equal part of it. */
import type { Owner } from './shares.js';
import type { Slots } from './slots.js';
import type { Need, WorkIndex } from './work.js';

interface Backlog {
  owner: Owner;
  /** Slot seconds. */
  work: number;
}

/** Seconds until all that waits of a job is done; null when no slot could run some of it. */
export function endInCrowd(jobId: string, index: WorkIndex, slots: Slots): number | null {
  const backlogs = new Map<string, Backlog>();
  for (const { need, owner, items } of index.lanes) {
    const seconds = meanSeconds(need, index, slots);
    if (seconds === null) continue;
    for (const { jobId: id, remaining } of items) {
      const backlog = backlogs.get(id) ?? { owner, work: 0 };
      backlogs.set(id, backlog);
      backlog.work += remaining * seconds;
    }
  }
  const target = backlogs.get(jobId);
  if (!target) return null;
  let passed = 0;
  while (backlogs.size > 0) {
    const rates = ratesOf([...backlogs.values()], slots.count);
    let step = Infinity;
    for (const [backlog, rate] of rates) step = Math.min(step, backlog.work / rate);
    passed += step;
    for (const [id, backlog] of backlogs) {
      backlog.work -= step * rates.get(backlog)!;
      if (backlog.work > 1e-6) continue;
      if (backlog === target) return passed;
      backlogs.delete(id);
    }
  }
  return passed;
}

/** Slots that each job has on average. */
function ratesOf(backlogs: readonly Backlog[], slots: number): Map<Backlog, number> {
  const jobs = new Map<Owner, number>();
  for (const { owner } of backlogs) jobs.set(owner, (jobs.get(owner) ?? 0) + 1);
  let weights = 0;
  for (const owner of jobs.keys()) weights += weightOf(owner);
  return new Map(
    backlogs.map((backlog) => {
      const { owner } = backlog;
      return [backlog, (slots * weightOf(owner)) / weights / jobs.get(owner)!];
    }),
  );
}

const weightOf = ({ project, user }: Owner) => project.weight * user.weight;

/** Slot seconds of a task, on slots as they are; null when none can run it. */
function meanSeconds(need: Need, index: WorkIndex, slots: Slots): number | null {
  let rate = 0;
  let able = 0;
  for (const { profile } of slots.all) {
    const { lack, seconds } = index.fit(need, profile);
    if (lack) continue;
    rate += 1 / seconds;
    able += 1;
  }
  return able === 0 ? null : slots.count / rate;
}
