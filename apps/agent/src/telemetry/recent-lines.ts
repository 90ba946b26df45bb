/** The latest lines of the log, in memory, for whoever looks at a node from afar. */
export class RecentLines {
  private readonly lines: string[] = [];

  constructor(private readonly most = 1000) {}

  /** As a stream that pino writes to. */
  write(line: string): void {
    this.lines.push(line.trimEnd());
    if (this.lines.length > this.most) this.lines.shift();
  }

  /** At most `count`, the oldest first; 0: all. */
  latest(count: number): string[] {
    return count === 0 ? [...this.lines] : this.lines.slice(-count);
  }
}
