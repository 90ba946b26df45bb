import type { ClipTokenizer } from './tokenizer.js';
import type { WeightedText } from './weighted-prompt.js';

/** What a text encoder reads at once. */
export interface PromptChunk {
  /** Start token, content, end token and padding. */
  ids: number[];
  /** Factor on the embedding of each of them. */
  weights: number[];
}

/** How far back a full chunk looks for a comma to end at, so that no phrase is cut. */
const COMMA_REACH = 20;

type Tokenizer = Pick<ClipTokenizer, 'startId' | 'endId' | 'padId' | 'maxLength' | 'contentIds' | 'pieces'>;

/**
 * Splits a prompt of any length into chunks that a text encoder reads one by one, as AUTOMATIC1111 does: a full chunk
 * ends at its last comma if that is near, BREAK ends a chunk early, and an added word of several ids is never cut. A
 * prompt always has at least one chunk.
 */
export function chunkPrompt(texts: readonly WeightedText[], tokenizer: Tokenizer): PromptChunk[] {
  const [comma] = tokenizer.contentIds(',');
  const room = tokenizer.maxLength - 2;
  const chunks: PromptChunk[] = [];
  let current: PromptChunk = { ids: [], weights: [] };
  /** How much of the current chunk its last comma ends. */
  let untilComma = 0;
  const finish = () => {
    chunks.push(current);
    current = { ids: [], weights: [] };
    untilComma = 0;
  };

  for (const { text, weight, breakBefore } of texts) {
    if (breakBefore) finish();
    for (const piece of tokenizer.pieces(text)) {
      const isComma = piece[0] === comma;
      if (current.ids.length === room && !isComma && untilComma > 0 && room - untilComma < COMMA_REACH) {
        const rest = { ids: current.ids.splice(untilComma), weights: current.weights.splice(untilComma) };
        finish();
        current = rest;
      }
      if (current.ids.length + piece.length > room) finish();
      current.ids.push(...piece);
      current.weights.push(...piece.map(() => weight));
      if (isComma) untilComma = current.ids.length;
    }
  }
  if (current.ids.length > 0 || chunks.length === 0) finish();
  return chunks.map((chunk) => completeChunk(chunk, tokenizer));
}

/** Adds empty chunks up to `count`, so that a prompt and its negative give embeddings of one length. */
export function padChunks(chunks: readonly PromptChunk[], count: number, tokenizer: Tokenizer): PromptChunk[] {
  const missing = Math.max(count - chunks.length, 0);
  const empty = () => completeChunk({ ids: [], weights: [] }, tokenizer);
  return [...chunks, ...Array.from({ length: missing }, empty)];
}

function completeChunk({ ids, weights }: PromptChunk, { startId, endId, padId, maxLength }: Tokenizer): PromptChunk {
  const padding = maxLength - 2 - ids.length;
  return {
    ids: [startId, ...ids, endId, ...new Array<number>(padding).fill(padId)],
    weights: [1, ...weights, 1, ...new Array<number>(padding).fill(1)],
  };
}
