import type { Cost, JobClass, JobTraits, PolicyEvent } from '@atelier/scheduling';

/** What happens to a simulated farm. Times are seconds from its start. */
export interface Scenario {
  slots: SimulatedSlot[];
  jobs: SimulatedJob[];
  /** What is true of a cost key on a slot type; what the policy is told of it, too, unless `tellCosts` is false. */
  costs: { costKey: string; slotType: string; cost: Cost }[];
  /** @default true */
  tellCosts?: boolean;
  /** Standard deviation of a run's time, as a share of it. @default 0 */
  noise?: number;
  /** Share of runs that fail halfway. @default 0 */
  failures?: number;
  /** Slots whose node is lost, and for good. */
  losses?: { slotId: string; at: number }[];
  /** Told to the policy as they are, at their time. */
  events?: { at: number; event: DistributiveOmit<PolicyEvent, 'at'> }[];
  /** @default 1 */
  seed?: number;
  /** Seconds between ticks. @default 1 */
  tickSeconds?: number;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface SimulatedSlot {
  id: string;
  nodeId: string;
  type: string;
  vramBytes: number;
  /** Seconds after which it serves: hot-plug. */
  availableAt: number;
  resident?: string | undefined;
  inRam?: readonly string[];
  onDisk?: readonly string[] | undefined;
  /** Checkpoints that the node's RAM holds. @default 2 */
  ramCheckpoints?: number;
  watts?: number;
  chassis?: string;
  tags?: readonly string[];
  maxGroup?: number;
  /** Factor on the time of its runs that nobody predicts. @default 1 */
  slowness?: number;
}

export interface SimulatedJob extends JobTraits {
  id: string;
  at: number;
  priority?: number;
  classes: JobClass[];
}
