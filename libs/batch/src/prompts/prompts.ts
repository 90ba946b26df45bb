/** All prompts of a batch, braces resolved, addressed by number. What is enumerated is never made. */
import type { Batch } from '../schema/batch.js';
import type { Settings } from '../schema/settings.js';
import { readPrompts, type PromptEntry, type PromptSource } from './entries.js';
import { groupPrompts, type PromptGroup } from './groups.js';
import { hasWeights, separateLoras, type LoraTag } from './syntax.js';
import type { PromptTable } from './table.js';
import { positionsAt, textAt } from './template.js';

export interface Prompt {
  /** As in the batch, braces resolved. */
  written: string;
  /** The same without LoRA tags. */
  text: string;
  loras: LoraTag[];
  /** Settings from the columns of its row. */
  columns: Settings;
}

export class Prompts {
  readonly count: number;
  readonly source: PromptSource;
  private readonly entries: readonly PromptEntry[];
  private readonly plain: boolean;
  /** Number of the first prompt of each entry. */
  private readonly starts: number[];

  constructor(batch: Batch, table?: PromptTable) {
    this.plain = batch.promptSyntax === 'plain';
    this.source = readPrompts(batch, table);
    this.entries = this.source.entries;
    let count = 0;
    this.starts = this.entries.map(({ template }) => {
      const start = count;
      count += template.count;
      return start;
    });
    this.count = count;
  }

  /** Prompt `number`, 0 to count - 1. */
  at(number: number): Prompt {
    const entry = this.entryOf(number);
    const { template, columns } = this.entries[entry]!;
    const written = textAt(template, positionsAt(template, number - this.starts[entry]!));
    return { written, columns, ...this.separate(written) };
  }

  /** Groups that together hold every prompt once. Throws `batch_too_large` when their tags differ too much. */
  groups(): PromptGroup[] {
    return groupPrompts(this.entries, (written) => this.separate(written).loras);
  }

  /** Whether any prompt needs an engine that knows weights. */
  get weighted(): boolean {
    return (
      !this.plain &&
      this.entries.some(({ template }) =>
        // Joined, so that a weight around a choice is found too.
        hasWeights(template.parts.map((part) => (typeof part === 'string' ? part : part.join(' '))).join('')),
      )
    );
  }

  private separate(written: string): { text: string; loras: LoraTag[] } {
    return this.plain ? { text: written, loras: [] } : separateLoras(written);
  }

  /** The last entry that starts at or before prompt `number`. */
  private entryOf(number: number): number {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= number) low = middle;
      else high = middle;
    }
    return low;
  }
}
