/** What may befall a farm. */
import type { FaultyFarm } from '../farm/faulty-farm.js';
import type { Random } from '../random.js';

export interface Scene {
  farm: FaultyFarm;
  random: Random;
  /** Milliseconds that are longer than a lease, and than what both sides need to notice. */
  pastLeaseMs: number;
  /** The agent that it befalls; nobody else harms it meanwhile. */
  agent: string;
  /** Submits a job beside the others, whose tasks come first, and gives its id. */
  submitAside(tasks: number): Promise<string>;
  /** Whether the job has begun. */
  hasBegun(jobId: string): Promise<boolean>;
}

export interface Fault {
  name: string;
  /** How often among a hundred. */
  weight: number;
  /** Why it cannot happen on this machine, in a sentence. */
  impossible?(): string | null;
  /** Harms the farm; resolves when the cause is gone. The farm may need longer. */
  strike(scene: Scene): Promise<void>;
}

export const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Sends a signal; a process that is gone already has met its fault. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export const asRoot = () => (process.getuid?.() === 0 ? null : 'it needs root');
