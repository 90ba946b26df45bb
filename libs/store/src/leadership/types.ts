export interface Leadership {
  /** Takes the lead, from whoever has it: the term grows by one and every later commit under an older term fails as `superseded`. */
  acquire(holder: string): Promise<number>;
  /** The term under which this store commits; null before `acquire`. */
  readonly term: number | null;
  /** Who leads now; null when nobody ever did. */
  current(): Promise<{ term: number; holder: string; acquiredAt: Date } | null>;
}
