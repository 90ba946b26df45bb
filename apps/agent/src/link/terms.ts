/** The highest term of a scheduler that this node has obeyed, kept across restarts so that an old leader never returns. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../node/durable-file.js';

export class Terms {
  private constructor(
    private readonly path: string,
    private highest: number,
  ) {}

  static async open(dataDir: string): Promise<Terms> {
    const path = join(dataDir, 'term');
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '0';
      throw error;
    });
    return new Terms(path, Number(text));
  }

  get current(): number {
    return this.highest;
  }

  /** Whether `term` may lead; a higher one than ever before is remembered first. */
  async admit(term: number): Promise<boolean> {
    if (term < this.highest) return false;
    if (term > this.highest) {
      this.highest = term;
      await writeDurably(this.path, `${term}\n`);
    }
    return true;
  }

  /** Another farm counts its terms anew. */
  async reset(): Promise<void> {
    this.highest = 0;
    await writeDurably(this.path, '0\n');
  }
}
