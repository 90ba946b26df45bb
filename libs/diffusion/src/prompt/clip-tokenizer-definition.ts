/** The vocabulary of a byte-pair encoding: ids of the word pieces, and the pairs to merge, the most frequent first. */
export interface BytePairVocabulary {
  vocab: Record<string, number>;
  merges: string[];
}

export const START_TOKEN = '<|startoftext|>';
export const END_TOKEN = '<|endoftext|>';

/** Unicode's white space; JavaScript's own `\s` has U+FEFF more and U+0085 less. */
const SPACE = String.raw`\p{White_Space}`;
/** Contractions, runs of letters, single digits, and runs of anything else but space. */
const WORD = String.raw`'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^${SPACE}\p{L}\p{N}]+`;

const split = (regex: string) => ({ type: 'Split', pattern: { Regex: regex }, behavior: 'Removed', invert: true });

/**
 * CLIP's tokenizer in the `tokenizer.json` form of the tokenizers library: NFC, one space for any white space, lower
 * case, words split by `WORD`, byte-level BPE with `</w>` at the end of a word, a start and an end token around.
 *
 * @param padToken a padding token that is also a word piece, such as "!", is cut out of a text before any word is
 *   formed, as the reference does
 */
export function clipTokenizerDefinition({ vocab, merges }: BytePairVocabulary, padToken: string): object {
  const special = (content: string, normalized: boolean) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized,
    special: true,
  });
  // A padding token is found in the text as it was written, the other special tokens in lower-cased text.
  const addedTokens = [special(START_TOKEN, true), special(END_TOKEN, padToken !== END_TOKEN)];
  if (padToken !== END_TOKEN) addedTokens.push(special(padToken, false));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens,
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: `${SPACE}+` }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        // Special tokens written in capitals are no special tokens, but their ends still end words.
        split(`<\\|startoftext\\|>|<\\|endoftext\\|>|${WORD}`),
        split(WORD),
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [END_TOKEN, vocab[END_TOKEN]],
      cls: [START_TOKEN, vocab[START_TOKEN]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: END_TOKEN,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges,
    },
  };
}
