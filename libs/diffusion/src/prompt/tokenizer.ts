import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { InputError } from '../errors.js';
import { splitAtWords, type AddedWord } from './added-words.js';
import {
  clipTokenizerDefinition,
  END_TOKEN,
  START_TOKEN,
  type BytePairVocabulary,
} from './clip-tokenizer-definition.js';

/** Tokens that a CLIP text encoder reads at once, start and end included. */
const MAX_LENGTH = 77;

/** Turns text into the token ids of a CLIP text encoder. */
export class ClipTokenizer {
  readonly startId: number;
  readonly endId: number;
  /** What fills an encoding up to its full length. */
  readonly padId: number;
  readonly maxLength: number = MAX_LENGTH;
  private readonly tokenizer: Tokenizer;

  /**
   * @param padToken the end token for SD 1 and SDXL's first encoder, "!" for SD 2 and SDXL's second
   * @param words that are read as a whole, beside the vocabulary
   */
  constructor(
    private readonly vocabulary: BytePairVocabulary,
    private readonly padToken: string = END_TOKEN,
    private readonly words: readonly AddedWord[] = [],
  ) {
    const idOf = (token: string) => {
      const id = vocabulary.vocab[token];
      if (id === undefined) throw new InputError(`The tokenizer's vocabulary lacks the token "${token}".`);
      return id;
    };
    this.startId = idOf(START_TOKEN);
    this.endId = idOf(END_TOKEN);
    this.padId = idOf(padToken);
    this.tokenizer = new Tokenizer(clipTokenizerDefinition(vocabulary, padToken), {});
  }

  /**
   * Reads a checkpoint's tokenizer folder: `vocab.json` and `merges.txt`, or a `tokenizer.json` that holds both; the
   * padding token comes from `tokenizer_config.json` or `special_tokens_map.json`.
   *
   * @param padToken the padding token of a vocabulary without these
   */
  static async fromFolder(folder: string, padToken?: string): Promise<ClipTokenizer> {
    return new ClipTokenizer(await readVocabulary(folder), padToken ?? (await readPadToken(folder)));
  }

  /** A tokenizer that knows some words more. */
  withWords(words: readonly AddedWord[]): ClipTokenizer {
    return words.length === 0 ? this : new ClipTokenizer(this.vocabulary, this.padToken, words);
  }

  /** The ids of a text between start and end token, cut or padded to 77. */
  encode(text: string): number[] {
    const ids = this.ids(text);
    if (ids.length > MAX_LENGTH) return [...ids.slice(0, MAX_LENGTH - 1), this.endId];
    return [...ids, ...new Array<number>(MAX_LENGTH - ids.length).fill(this.padId)];
  }

  /** The ids of a text between start and end token, however many. */
  ids(text: string): number[] {
    return [this.startId, ...this.contentIds(text), this.endId];
  }

  /** The ids of a text alone, without start and end token. */
  contentIds(text: string): number[] {
    return this.pieces(text).flat();
  }

  /** The same in pieces that must stay together: those of an added word; any other id is a piece of its own. */
  pieces(text: string): (readonly number[])[] {
    return splitAtWords(text, this.words).flatMap((part) =>
      typeof part === 'string' ? this.vocabularyIds(part).map((id) => [id]) : [part.ids],
    );
  }

  private vocabularyIds(text: string): number[] {
    return this.tokenizer.encode(lowerSigma(text), { add_special_tokens: false }).ids;
  }
}

/** JavaScript lower-cases a sigma at the end of a word to another letter than within; the reference does not. */
function lowerSigma(text: string): string {
  return text.replaceAll('Σ', 'σ');
}

async function readVocabulary(folder: string): Promise<BytePairVocabulary> {
  const vocab = await readJson<Record<string, number>>(join(folder, 'vocab.json'));
  const merges = await readText(join(folder, 'merges.txt'));
  if (vocab && merges !== undefined) {
    const lines = merges.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'));
    return { vocab, merges: lines };
  }
  const whole = await readJson<{ model: { vocab: Record<string, number>; merges: (string | string[])[] } }>(
    join(folder, 'tokenizer.json'),
  );
  if (!whole?.model?.vocab || !whole.model.merges) {
    throw new InputError(`${folder} holds no CLIP tokenizer: needed are vocab.json and merges.txt, or tokenizer.json.`);
  }
  const merged = whole.model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' ')));
  return { vocab: whole.model.vocab, merges: merged };
}

async function readPadToken(folder: string): Promise<string> {
  for (const file of ['tokenizer_config.json', 'special_tokens_map.json']) {
    const config = await readJson<{ pad_token?: string | { content: string } | null }>(join(folder, file));
    const pad = config?.pad_token;
    if (pad) return typeof pad === 'string' ? pad : pad.content;
  }
  return END_TOKEN;
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new InputError(`${path} is not JSON.`);
  }
}

/** The text of a file, or undefined where there is none. */
async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(`${path} cannot be read: ${(error as Error).message}.`);
  }
}
