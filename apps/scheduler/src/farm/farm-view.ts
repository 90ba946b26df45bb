/** The farm in one look. */
import { agentProto, type FarmView, type JobState } from '@atelier/contracts';
import type { JobSummary, Jobs, Results } from '@atelier/store';
import type { FileStore } from '../artifacts/file-store.js';
import { cached } from '../cached.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { NodeDirectory } from '../nodes/directory.js';
import type { Decisions } from '../operators/decisions.js';
import type { EnergyMeter } from './energy-meter.js';
import { countStates, statusOf, type FarmFacts } from './farm-status.js';

const unfinished: JobState[] = ['queued', 'running', 'paused', 'cancelling'];
/** More unfinished jobs than this are not added up. */
const addedUp = 1000;
/** Counts over all pictures are asked for anew at most this often. */
const countedForMs = 1000;

export class FarmViews {
  private readonly picturesTotal: () => Promise<number>;
  private readonly picturesLastMinute: () => Promise<number>;

  constructor(
    private readonly directory: NodeDirectory,
    private readonly jobs: Pick<Jobs, 'list'>,
    results: Pick<Results, 'count'>,
    private readonly dispatcher: Pick<Dispatcher, 'waitingFor' | 'blame'>,
    private readonly decisions: Pick<Decisions, 'farmPaused'>,
    private readonly files: Pick<FileStore, 'trouble'>,
    private readonly energy: Pick<EnergyMeter, 'today'>,
    private readonly version: string,
  ) {
    this.picturesTotal = cached(countedForMs, () => results.count());
    this.picturesLastMinute = cached(countedForMs, () => results.count(new Date(Date.now() - 60_000)));
  }

  async view(): Promise<FarmView> {
    const [jobs, picturesTotal, picturesPerMinute, wattHoursToday] = await Promise.all([
      this.unfinishedJobs(),
      this.picturesTotal(),
      this.picturesLastMinute(),
      this.energy.today(),
    ]);
    const nodes = this.nodeFacts();
    const paused = this.decisions.farmPaused;
    const add = (field: 'slots' | 'busySlots') => nodes.reduce((sum, node) => sum + node[field], 0);
    return {
      ...statusOf({ nodes, paused, ...this.jobFacts(jobs) }),
      paused,
      alarms: [...this.dispatcher.blame.alarms, ...this.quarantined(), ...[this.files.trouble].filter(Boolean)],
      nodes: this.nodeCounts(),
      slots: { total: add('slots'), busy: add('busySlots') },
      queue: {
        jobs: jobs.length,
        pendingTasks: sumOf(jobs, 'pending'),
        runningTasks: sumOf(jobs, 'running'),
        oldestAgeSeconds: oldestAge(jobs),
      },
      picturesPerMinute,
      picturesTotal,
      wattHoursToday,
      version: this.version,
    };
  }

  /** Nodes by state. */
  nodeCounts(): FarmView['nodes'] {
    return countStates(this.directory.all.map(({ row }) => row));
  }

  /** Newest first. */
  async unfinishedJobs(): Promise<JobSummary[]> {
    return (await this.jobs.list({ states: unfinished }, { size: addedUp })).items;
  }

  private quarantined(): string[] {
    return this.directory.all
      .filter(({ row }) => row.state === 'quarantined')
      .map(({ row: { name, reason } }) => `Node ${name} is quarantined: ${reason ?? ''}`);
  }

  private nodeFacts(): FarmFacts['nodes'] {
    const counts = new Map(this.directory.all.map(({ row: { id, state } }) => [id, { state, slots: 0, busySlots: 0 }]));
    for (const { nodeId, slot } of this.directory.servingSlots) {
      const count = counts.get(nodeId)!;
      count.slots += 1;
      if (slot.state === agentProto.SlotState.SLOT_STATE_BUSY) count.busySlots += 1;
    }
    return [...counts.values()];
  }

  private jobFacts(jobs: readonly JobSummary[]): Omit<FarmFacts, 'nodes' | 'paused'> {
    const going = jobs.filter(({ state }) => state !== 'paused');
    const oldest = going.findLast(({ counts }) => counts.pending > 0);
    return {
      pausedJobs: jobs.length - going.length,
      pendingTasks: sumOf(going, 'pending'),
      runningTasks: sumOf(jobs, 'running'),
      waitingFor: oldest ? this.dispatcher.waitingFor(oldest.id) : null,
    };
  }
}

/** Tasks of some jobs, added up. */
export const sumOf = (jobs: readonly JobSummary[], count: 'pending' | 'running'): number =>
  jobs.reduce((sum, { counts }) => sum + counts[count], 0);

/** Seconds since the oldest job came that has tasks waiting; null when none has. */
export function oldestAge(jobs: readonly JobSummary[]): number | null {
  const waiting = jobs.filter(({ counts }) => counts.pending > 0).map(({ createdAt }) => createdAt.getTime());
  return waiting.length === 0 ? null : Math.max(0, (Date.now() - Math.min(...waiting)) / 1000);
}
