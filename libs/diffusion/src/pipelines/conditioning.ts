import { sinusoids } from '../networks/sinusoids.js';
import type { Values } from '../runtime/session.js';
import type { DiffusionModel } from './model.js';
import { joined } from './noise.js';
import type { EncodedPrompt, PromptEncoder, PromptSyntax } from './prompts.js';
import type { TextEncoder } from './text-encoder.js';
import type { Trace } from './trace.js';

/** What a picture should show, or should not. */
export interface Wording {
  text: string;
  /** What the second text encoder is told instead. */
  secondText?: string;
}

/** What the pictures of a run are told to be. */
export interface Words {
  /** One per picture. */
  prompts: readonly Wording[];
  /** One per picture: what it should not show, null where nothing is said. */
  negativePrompts: readonly (Wording | null)[];
  promptSyntax: PromptSyntax;
  /** Layers of the text encoders left out at their ends. */
  clipSkip: number;
  /** The numbers that SDXL is told of every picture: height, width, crop … */
  sizes?: readonly number[];
  /** The same beside the negative prompts. @default sizes */
  negativeSizes?: readonly number[];
}

/** What the U-Net is told beside latents and timestep: negative prompts first, where there is guidance. */
export interface Conditioning {
  /** [N, tokens, width] */
  context: Values;
  /** Pooled text and sinusoids of sizes, [N, added.width]; of SDXL only. */
  added: Values | null;
}

/** A text as all encoders of a model together have it. */
interface EncodedText {
  /** [tokens, width of all encoders] */
  vectors: Float32Array;
  pooled: Float32Array | undefined;
}

/** Encodes the words of a run. Throws InputError. */
export async function encodeWords(
  model: DiffusionModel,
  encoder: PromptEncoder,
  words: Words,
  guided: boolean,
  trace?: Trace,
): Promise<Conditioning> {
  const { textEncoders } = model;
  const wordings = [...(guided ? words.negativePrompts : []), ...words.prompts];
  const unwanted = wordings.length - words.prompts.length;
  const prompts = textEncoders.map(({ name }) =>
    // The reference reads negative prompts with all layers.
    wordings.map((wording, i) => ({ text: textFor(name, wording), clipSkip: i < unwanted ? 0 : words.clipSkip })),
  );
  const encoded = await encoder.encode(textEncoders, prompts, words.promptSyntax);
  const texts = wordings.map((wording, i) => {
    const text = besideEachOther(encoded.map((own) => own[i]!));
    return wording === null && model.zerosForAbsence ? zeros(text) : text;
  });

  const tokens = encoded[0]![0]!.ids.length;
  const data = joined(texts.map(({ vectors }) => vectors)); // [texts, tokens, width]
  const context = { data, shape: [texts.length, tokens, widthOf(model)], constant: true };
  if (trace) {
    textEncoders.forEach((own, k) => traceIds(own, encoded[k]!, unwanted, trace));
    traceTexts(texts.slice(0, unwanted), 'negative_', trace);
    traceTexts(texts.slice(unwanted), '', trace);
  }
  return { context, added: addedTo(model, texts, words, unwanted, trace) };
}

/** Values of each token that a model's text encoders give together. */
export function widthOf({ textEncoders }: DiffusionModel): number {
  return textEncoders.reduce((sum, { config }) => sum + config.width, 0);
}

function textFor(encoder: TextEncoder['name'], wording: Wording | null): string {
  if (wording === null) return '';
  return encoder === 'text_encoder_2' ? (wording.secondText ?? wording.text) : wording.text;
}

/** Of each token, what the encoders make of it one after the other; the meaning as the last of them tells it. */
function besideEachOther(encoded: readonly EncodedPrompt[]): EncodedText {
  const tokens = encoded[0]!.ids.length;
  const vectors = Array.from({ length: tokens }, (_, i) =>
    encoded.map((own) => {
      const width = own.vectors.length / tokens;
      return own.vectors.subarray(i * width, (i + 1) * width);
    }),
  );
  return { vectors: joined(vectors.flat()), pooled: encoded.at(-1)!.pooled };
}

function zeros({ vectors, pooled }: EncodedText): EncodedText {
  return { vectors: new Float32Array(vectors.length), pooled: pooled && new Float32Array(pooled.length) };
}

/**
 * What SDXL is told beside the text, [N, added.width]: its meaning as a whole, and sizes (Podell et al. 2023,
 * arXiv:2307.01952, section 2.2).
 */
function addedTo(
  { unetConfig }: DiffusionModel,
  texts: readonly EncodedText[],
  { sizes = [], negativeSizes = sizes }: Words,
  unwanted: number,
  trace?: Trace,
): Conditioning['added'] {
  const { added, time } = unetConfig;
  if (!added) return null;
  const { cosineFirst, frequencyShift } = time;
  const sizesOf = (row: number) => (row < unwanted ? negativeSizes : sizes);
  trace?.('unet.0.added.text_embeds', joined(texts.map(({ pooled }) => pooled!)));
  trace?.(
    'unet.0.added.time_ids',
    texts.flatMap((_, row) => [...sizesOf(row)]),
  );
  const rows = texts.flatMap(({ pooled }, row) => [
    pooled!, // [pooled width]
    sinusoids(sizesOf(row), added.timeChannels, { cosineFirst, frequencyShift }), // [sizes, timeChannels]
  ]);
  return { data: joined(rows), shape: [texts.length, added.width], constant: true };
}

function traceIds({ name }: TextEncoder, encoded: readonly EncodedPrompt[], unwanted: number, trace: Trace): void {
  const idsOf = (prompts: readonly EncodedPrompt[]) => prompts.flatMap(({ ids }) => ids);
  trace(`${name}.0.input_ids`, idsOf(encoded.slice(unwanted)));
  if (unwanted > 0) trace(`${name}.1.input_ids`, idsOf(encoded.slice(0, unwanted)));
}

function traceTexts(texts: readonly EncodedText[], prefix: string, trace: Trace): void {
  if (texts.length === 0) return;
  trace(`${prefix}prompt_embeds`, joined(texts.map(({ vectors }) => vectors)));
  const pooled = texts.flatMap((text) => text.pooled ?? []);
  if (pooled.length > 0) trace(`${prefix}pooled_prompt_embeds`, joined(pooled));
}
