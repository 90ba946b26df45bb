import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { readJsonObject, readText } from '../checkpoint/json.js';
import { InputError } from '../errors.js';

const [PAD, UNKNOWN, START, END] = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'] as const;

/** Turns text into the token ids of a BERT text encoder: words, or pieces of words where the vocabulary lacks them. */
export class BertTokenizer {
  private readonly tokenizer: Tokenizer;
  private readonly padId: number;
  private readonly endId: number;

  /** @param vocabulary pieces by their id */
  constructor(
    vocabulary: readonly string[],
    { lowercase, stripAccents }: { lowercase: boolean; stripAccents: boolean | null },
  ) {
    const vocab = Object.fromEntries(vocabulary.map((piece, id) => [piece, id]));
    const idOf = (token: string) => {
      const id = vocab[token];
      if (id === undefined) throw new InputError(`The tokenizer's vocabulary lacks the token "${token}".`);
      return id;
    };
    this.padId = idOf(PAD);
    this.endId = idOf(END);
    const special = [PAD, UNKNOWN, START, END].map((content) => ({ id: idOf(content), content, special: true }));
    const definition = {
      version: '1.0',
      added_tokens: special.map((token) => ({
        ...token,
        ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
      })),
      normalizer: {
        type: 'BertNormalizer',
        ...{ clean_text: true, handle_chinese_chars: true, strip_accents: stripAccents, lowercase },
      },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'BertProcessing', sep: [END, idOf(END)], cls: [START, idOf(START)] },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
      model: {
        type: 'WordPiece',
        ...{ unk_token: UNKNOWN, continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab },
      },
    };
    this.tokenizer = new Tokenizer(definition as ConstructorParameters<typeof Tokenizer>[0], {});
  }

  /** Reads a checkpoint's tokenizer folder: `vocab.txt` and `tokenizer_config.json`. Throws InputError. */
  static async fromFolder(folder: string): Promise<BertTokenizer> {
    const text = await readText(join(folder, 'vocab.txt'));
    if (text === undefined) throw new InputError(`${folder} holds no BERT tokenizer: it has no vocab.txt.`);
    const config = (await readJsonObject(join(folder, 'tokenizer_config.json'))) ?? {};
    const pieces = text.split('\n').map((line) => line.replace(/\r$/, ''));
    return new BertTokenizer(pieces.at(-1) === '' ? pieces.slice(0, -1) : pieces, {
      lowercase: config.do_lower_case !== false,
      stripAccents: typeof config.strip_accents === 'boolean' ? config.strip_accents : null,
    });
  }

  /** The ids of a text between start and end token, cut or padded to a length. */
  encode(text: string, length: number): number[] {
    const { ids } = this.tokenizer.encode(text);
    if (ids.length > length) return [...ids.slice(0, length - 1), this.endId];
    return [...ids, ...new Array<number>(length - ids.length).fill(this.padId)];
  }
}
