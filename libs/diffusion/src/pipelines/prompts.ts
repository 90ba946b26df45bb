import { chunkPrompt, padChunks, type PromptChunk } from '../prompt/chunks.js';
import { emphasize } from '../prompt/emphasis.js';
import { parseWeightedPrompt } from '../prompt/weighted-prompt.js';
import { joined } from './noise.js';
import type { TextEncoder } from './text-encoder.js';

/** Whether `(text:1.2)` in a prompt is weight or text. Plain prompts are cut where the encoder's length ends. */
export type PromptSyntax = 'weighted' | 'plain';

/** A text to be read. */
export interface Prompt {
  text: string;
  /** Layers of the encoder left out at its end. */
  clipSkip: number;
}

/** A text as the encoder sees it and as what it makes of it. */
export interface EncodedPrompt {
  /** Token ids, a multiple of the encoder's length. */
  ids: number[];
  /** [ids, width] */
  vectors: Float32Array;
  /** The meaning of the whole text, where the encoder projects it: that of its first 77 tokens. */
  pooled?: Float32Array;
}

/** What an encoder makes of what it reads at once. */
type Vectors = Pick<EncodedPrompt, 'vectors' | 'pooled'>;

/** What the encoder reads at once. */
interface Reading {
  chunk: PromptChunk;
  clipSkip: number;
  /** The same for what would give the same vectors. */
  key: string;
}

/** Readings that are remembered; one of SD 1 takes 0.24 MB. */
const REMEMBERED = 256;

/** Turns prompts into what the U-Net is told, and remembers what it has read. */
export class PromptEncoder {
  /** What was read by the key of its reading, in the order of its last use. */
  private readonly memory = new Map<string, Vectors>();

  /**
   * Reads the same prompts with one encoder after the other, which may be told other words: `prompts[k]` is for encoder
   * k. All become as long as the longest. Throws InputError where one has syntax that is not known.
   */
  async encode(
    encoders: readonly TextEncoder[],
    prompts: readonly (readonly Prompt[])[],
    syntax: PromptSyntax,
  ): Promise<EncodedPrompt[][]> {
    const split = encoders.map((encoder, k) => prompts[k]!.map(({ text }) => chunksOf(text, encoder, syntax)));
    const length = Math.max(...split.flat().map((chunks) => chunks.length));
    const encoded = [];
    for (const [k, encoder] of encoders.entries()) {
      encoded.push(await this.encodeChunks(encoder, prompts[k]!, split[k]!, length));
    }
    return encoded;
  }

  private async encodeChunks(
    encoder: TextEncoder,
    prompts: readonly Prompt[],
    split: readonly PromptChunk[][],
    length: number,
  ): Promise<EncodedPrompt[]> {
    const readings = split.map((chunks, i) =>
      padChunks(chunks, length, encoder.tokenizer).map((chunk): Reading => {
        const { clipSkip } = prompts[i]!;
        return { chunk, clipSkip, key: `${encoder.identity} ${clipSkip} ${chunk.ids.join()}` };
      }),
    );
    const read = await this.recall(encoder, readings.flat());
    return readings.map((own) => ({
      ids: own.flatMap(({ chunk }) => chunk.ids),
      vectors: joined(own.map(({ chunk, key }) => emphasize(read.get(key)!.vectors, chunk.weights))),
      pooled: read.get(own[0]!.key)!.pooled,
    }));
  }

  /** What the encoder makes of all readings by their key; those that are new take one run of it. */
  private async recall(encoder: TextEncoder, readings: readonly Reading[]): Promise<Map<string, Vectors>> {
    const distinct = new Map(readings.map((reading) => [reading.key, reading]));
    const unknown = [...distinct.values()].filter(({ key }) => !this.memory.has(key));
    if (unknown.length > 0) await this.read(encoder, unknown);
    const read = new Map([...distinct.keys()].map((key) => [key, this.memory.get(key)!]));
    for (const [key, vectors] of read) this.remember(key, vectors);
    for (const key of [...this.memory.keys()].slice(0, -REMEMBERED)) this.memory.delete(key);
    return read;
  }

  private async read(encoder: TextEncoder, readings: readonly Reading[]): Promise<void> {
    const { length, width, projectionWidth } = encoder.config;
    const session = await encoder.load([...new Set(readings.map(({ clipSkip }) => clipSkip))].sort());
    const ids = readings.flatMap(({ chunk }) => chunk.ids);
    const tokens = { data: BigInt64Array.from(ids, BigInt), shape: [readings.length, length] };
    const outputs = await session.run({ tokens });
    readings.forEach(({ key, clipSkip }, i) => {
      const vectors = rowOf(outputs[encoder.outputOf(clipSkip)]!.data, i, length * width);
      const pooled = projectionWidth === null ? undefined : rowOf(outputs.pooled!.data, i, projectionWidth);
      this.remember(key, { vectors, pooled });
    });
  }

  private remember(key: string, vectors: Vectors): void {
    this.memory.delete(key);
    this.memory.set(key, vectors);
  }
}

/** A copy of one row of a matrix. */
function rowOf(matrix: Float32Array, row: number, width: number): Float32Array {
  return matrix.slice(row * width, (row + 1) * width);
}

function chunksOf(text: string, { tokenizer }: TextEncoder, syntax: PromptSyntax): PromptChunk[] {
  if (syntax === 'weighted') return chunkPrompt(parseWeightedPrompt(text), tokenizer);
  const ids = tokenizer.encode(text);
  return [{ ids, weights: ids.map(() => 1) }];
}
