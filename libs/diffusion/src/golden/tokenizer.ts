import { ClipTokenizer } from '../prompt/tokenizer.js';
import { caseRow, readGoldenJson, type GoldenRow } from './format.js';
import { findInGoldens, goldenName, type GoldenFile } from './places.js';
import { TOLERANCES } from './tolerances.js';

/** Tokenizers of the goldens: OpenAI's vocabulary, and the tiny one of the pipelines. */
const VOCABULARIES = { ids: 'clip-vocab', tiny_ids: 'pipelines/sd1/model/tokenizer' } as const;

interface TokenizerCase {
  text: string;
  ids: number[];
  tiny_ids: number[];
}

/** The golden family `tokenizer`: one row per file, a stage per text and vocabulary. */
export async function* runTokenizerFile(file: GoldenFile): AsyncGenerator<GoldenRow> {
  const { cases } = await readGoldenJson<{ cases: TokenizerCase[] }>(file.path);
  yield await caseRow('tokenizer', goldenName(file, 1), async (report) => {
    for (const [key, folder] of Object.entries(VOCABULARIES)) {
      const place = await findInGoldens(file, folder);
      const tokenizer = await ClipTokenizer.fromFolder(place);
      for (const golden of cases) {
        const wanted = golden[key as keyof typeof VOCABULARIES];
        report.compare(
          `${key} of ${JSON.stringify(golden.text)}`,
          tokenizer.ids(golden.text),
          wanted,
          TOLERANCES.exact,
        );
        report.compare(`${key} padded`, tokenizer.encode(golden.text), padded(wanted, tokenizer), TOLERANCES.exact);
      }
    }
  });
}

/** What pipelines make of the ids of a text: cut to the encoder's length with the end token last, or padded. */
function padded(ids: readonly number[], { maxLength, endId, padId }: ClipTokenizer): number[] {
  if (ids.length > maxLength) return [...ids.slice(0, maxLength - 1), endId];
  return [...ids, ...new Array<number>(maxLength - ids.length).fill(padId)];
}
