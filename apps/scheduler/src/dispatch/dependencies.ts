/** Jobs that begin when others are completed: `dependsOn` of a batch. */
import type { JobState } from '@atelier/contracts';

export class Dependencies {
  /** By job: those that it waits for. */
  private readonly waiting = new Map<string, Set<string>>();
  /** How those ended that others wait for, without their last picture. */
  private readonly ended = new Map<string, JobState>();

  /** The job begins when all of `others` are completed. */
  wait(jobId: string, others: readonly string[]): void {
    if (others.length > 0) this.waiting.set(jobId, new Set(others));
  }

  holds(jobId: string): boolean {
    return this.waiting.has(jobId);
  }

  /** A job is completed. Returns those that wait for nothing any more. */
  completed(id: string): string[] {
    this.ended.delete(id);
    const free: string[] = [];
    for (const [jobId, others] of this.waiting) {
      if (!others.delete(id) || others.size > 0) continue;
      this.waiting.delete(jobId);
      free.push(jobId);
    }
    return free;
  }

  /** A job has ended without its last picture: what waits for it goes on waiting, for a retry. */
  gaveUp(id: string, how: JobState): void {
    if ([...this.waiting.values()].some((others) => others.has(id))) this.ended.set(id, how);
  }

  /** A job is at work again. */
  reopened(id: string): void {
    this.ended.delete(id);
  }

  /** A job has ended, or is gone. */
  drop(jobId: string): void {
    this.waiting.delete(jobId);
  }

  /** Why the job has not begun, in a sentence; null when it waits for no other. */
  sentence(jobId: string): string | null {
    const others = [...(this.waiting.get(jobId) ?? [])];
    const stuck = others.find((id) => this.ended.has(id));
    if (stuck !== undefined)
      return `It waits for the job ${stuck}, which is ${this.ended.get(stuck)}: retry that one, or cancel this.`;
    if (others.length === 0) return null;
    return `It waits until ${others.length === 1 ? 'the job' : 'the jobs'} ${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} completed.`;
  }
}
