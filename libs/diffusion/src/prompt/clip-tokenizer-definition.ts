/** The vocabulary of a byte-pair encoding: ids of the word pieces, and the pairs to merge, the most frequent first. */
export interface BytePairVocabulary {
  vocab: Record<string, number>;
  merges: string[];
}

export const START_TOKEN = '<|startoftext|>';
export const END_TOKEN = '<|endoftext|>';

/** Contractions, runs of letters, single digits, and runs of anything else but space. */
const WORD = String.raw`'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

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
  const addedTokens = [special(START_TOKEN, true), special(END_TOKEN, false)];
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
        { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: WORD }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
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
