/** What operators have decided, as its owner writes it. */
export interface Settings {
  /** By subject: `farm`, `node/ID` or `chassis/NAME`. */
  all(): Promise<ReadonlyMap<string, unknown>>;
  /** Replaces what was decided of the subject. */
  set(subject: string, value: unknown): Promise<void>;
}
