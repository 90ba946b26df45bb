import { openEmbedding, type Embedding, type EncoderVectors } from '../checkpoint/embedding-file.js';
import { InputError, show } from '../errors.js';
import type { EmbeddingRequest } from '../pipelines/types.js';
import type { AddedWord } from './added-words.js';

/** A text encoder that words can be added to. */
export interface WordTaker<Name extends string = string> {
  name: Name;
  /** Tokens that it has of its own. */
  vocabulary: number;
  width: number;
}

/** What is added to one text encoder. */
export interface AddedWords {
  words: AddedWord[];
  /** In the order of their ids. */
  vectors: EncoderVectors[];
}

export interface LoadedEmbeddings<Name extends string = string> {
  added: Record<Name, AddedWords>;
  /** Changes when a file or a word does. */
  identity: string;
  files: string[];
  /** What the user should know: encoders that read the word as text. */
  warnings: string[];
}

/**
 * Gives the words of textual inversions their ids: those behind the vocabulary, in the order of the requests. Throws
 * CheckpointError, and InputError for one that fits none of the encoders or a word that comes twice.
 */
export async function loadEmbeddings<Name extends string>(
  requests: readonly EmbeddingRequest[],
  encoders: readonly WordTaker<Name>[],
): Promise<LoadedEmbeddings<Name>> {
  const loaded: LoadedEmbeddings<Name> = {
    added: Object.fromEntries(encoders.map(({ name }) => [name, { words: [], vectors: [] }])) as never,
    identity: '',
    files: [],
    warnings: [],
  };
  const taken = new Set<string>();
  for (const { path, token } of requests) {
    const embedding = await openEmbedding(path);
    const word = token ?? embedding.word;
    checkWord(word, path);
    if (taken.has(word.toLowerCase())) throw new InputError(`Two textual inversions stand for the word ${show(word)}.`);
    taken.add(word.toLowerCase());
    const takers = encoders.filter((encoder) => addWord(loaded.added[encoder.name], word, embedding, encoder));
    if (takers.length === 0) throw new InputError(describeMisfit(path, embedding, encoders));
    if (takers.length < encoders.length) {
      const others = encoders.filter((encoder) => !takers.includes(encoder)).map(({ name }) => name);
      loaded.warnings.push(
        `The textual inversion ${path} has no vectors for ${others.join()}, which reads its word as text.`,
      );
    }
    loaded.files.push(embedding.path);
    loaded.identity += `${embedding.identity} ${word}\n`;
  }
  return loaded;
}

/** Adds a word to an encoder; false where the file has no vectors for it. */
function addWord(added: AddedWords, text: string, { vectors }: Embedding, encoder: WordTaker): boolean {
  const own = vectors.find((one) => (one.encoder ?? encoder.name) === encoder.name && one.width === encoder.width);
  if (!own) return false;
  const first = encoder.vocabulary + added.words.reduce((sum, { ids }) => sum + ids.length, 0);
  added.words.push({ text, ids: Array.from({ length: own.count }, (_, i) => first + i) });
  added.vectors.push(own);
  return true;
}

function checkWord(word: string, path: string): void {
  if (word.trim() !== '' && word.trim() === word && word.length <= 200) return;
  throw new InputError(
    `The word ${show(word)} of the textual inversion ${path} is not possible; it needs letters or signs.`,
  );
}

function describeMisfit(path: string, { vectors }: Embedding, encoders: readonly WordTaker[]): string {
  const found = vectors.map(({ encoder, width }) => `${width}${encoder ? ` for ${encoder}` : ''}`).join(' and ');
  const wanted = encoders.map(({ name, width }) => `${width} (${name})`).join(' and ');
  return `The textual inversion ${path} is of another architecture: its vectors have ${found} numbers, this checkpoint's text encoders take ${wanted}.`;
}
