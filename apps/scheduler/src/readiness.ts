/** Whether this scheduler can do its work, besides having a database. */
export class Readiness {
  /** Why it cannot, in a sentence; null when it can. */
  trouble: string | null = 'The scheduler is starting.';
}
