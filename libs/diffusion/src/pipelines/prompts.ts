import { chunkPrompt, padChunks, type PromptChunk } from '../prompt/chunks.js';
import { emphasize } from '../prompt/emphasis.js';
import { parseWeightedPrompt } from '../prompt/weighted-prompt.js';
import type { DiffusionModel } from './model.js';
import { joined } from './noise.js';

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
}

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
  /** Vectors [tokens, width] by the key of their reading, in the order of their last use. */
  private readonly memory = new Map<string, Float32Array>();

  /** Reads prompts; all become as long as the longest. Throws InputError where one has syntax that is not known. */
  async encode(model: DiffusionModel, prompts: readonly Prompt[], syntax: PromptSyntax): Promise<EncodedPrompt[]> {
    const { tokenizer, textIdentity } = model;
    const split = prompts.map(({ text }) => chunksOf(text, model, syntax));
    const length = Math.max(...split.map((chunks) => chunks.length));
    const readings = split.map((chunks, i) =>
      padChunks(chunks, length, tokenizer).map((chunk): Reading => {
        const { clipSkip } = prompts[i]!;
        return { chunk, clipSkip, key: `${textIdentity} ${clipSkip} ${chunk.ids.join()}` };
      }),
    );
    const vectors = await this.recall(model, readings.flat());
    return readings.map((own) => ({
      ids: own.flatMap(({ chunk }) => chunk.ids),
      vectors: joined(own.map(({ chunk, key }) => emphasize(vectors.get(key)!, chunk.weights))),
    }));
  }

  /** The vectors of all readings by their key; those that are new take one run of the encoder. */
  private async recall(model: DiffusionModel, readings: readonly Reading[]): Promise<Map<string, Float32Array>> {
    const distinct = new Map(readings.map((reading) => [reading.key, reading]));
    const unknown = [...distinct.values()].filter(({ key }) => !this.memory.has(key));
    if (unknown.length > 0) await this.read(model, unknown);
    const vectors = new Map([...distinct.keys()].map((key) => [key, this.memory.get(key)!]));
    for (const [key, value] of vectors) this.remember(key, value);
    for (const key of [...this.memory.keys()].slice(0, -REMEMBERED)) this.memory.delete(key);
    return vectors;
  }

  private async read(model: DiffusionModel, readings: readonly Reading[]): Promise<void> {
    const { length, width } = model.textConfig;
    const session = await model.textEncoder([...new Set(readings.map(({ clipSkip }) => clipSkip))].sort());
    const ids = readings.flatMap(({ chunk }) => chunk.ids);
    const tokens = { data: BigInt64Array.from(ids, BigInt), shape: [readings.length, length] };
    const outputs = await session.run({ tokens });
    const size = length * width;
    readings.forEach(({ key, clipSkip }, i) => {
      this.remember(key, outputs[`hidden.${clipSkip}`]!.data.slice(i * size, (i + 1) * size));
    });
  }

  private remember(key: string, vectors: Float32Array): void {
    this.memory.delete(key);
    this.memory.set(key, vectors);
  }
}

function chunksOf(text: string, { tokenizer }: DiffusionModel, syntax: PromptSyntax): PromptChunk[] {
  if (syntax === 'weighted') return chunkPrompt(parseWeightedPrompt(text), tokenizer);
  const ids = tokenizer.encode(text);
  return [{ ids, weights: ids.map(() => 1) }];
}
