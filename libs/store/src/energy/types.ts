/** What was used of electricity, as the nodes reported it. */
export interface Energy {
  /** Adds watt hours to those of the present hour; an empty `jobId` is no job. */
  add(uses: readonly { jobId: string; wattHours: number }[]): Promise<void>;
  /** Watt hours of a job so far; null when no node told of any. */
  ofJob(jobId: string): Promise<number | null>;
  /** Watt hours of the farm in all hours that began at `from` or later; null when no node told of any. */
  since(from: Date): Promise<number | null>;
}
