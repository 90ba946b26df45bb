/** From text to a batch that is known to be sound. */
import { AtelierError } from '@atelier/contracts';
import { LineCounter, parseDocument } from 'yaml';
import { checkMatrix } from '../matrix/axes.js';
import { parseOutputName } from '../output/name-template.js';
import { Batch } from '../schema/batch.js';
import { explain } from './explain.js';
import { fault } from './faults.js';

/**
 * Reads a batch. Throws `invalid_batch` or `unknown_sampler` with one sentence that names the place and what is
 * allowed there. What depends on models or files is left to `expand`.
 */
export function parseBatch(text: string, { format }: { format: 'yaml' | 'json' }): Batch {
  return checkBatch(format === 'json' ? readJson(text) : readYaml(text));
}

/** Checks a document that is already an object, as `parseBatch` does. */
export function checkBatch(document: unknown): Batch {
  const parsed = Batch.safeParse(document);
  if (!parsed.success) throw explain(parsed.error, document);
  const batch = inDocumentOrder(parsed.data, document as Batch);
  if ((batch.prompts === undefined) === (batch.promptsFile === undefined)) {
    throw fault(
      'prompts',
      batch.prompts ? 'and promptsFile exclude each other; give one.' : 'or promptsFile is missing; give one of them.',
    );
  }
  checkMatrix(batch.matrix);
  parseOutputName(batch);
  return batch;
}

/** The text of a batch that a job stores: reading it gives an equal batch, the order of its axes included. */
export const canonicalText = (batch: Batch): string => JSON.stringify(batch, null, 2);

/** zod puts keys into the order of the schema; the order of the axes is the user's. */
function inDocumentOrder(batch: Batch, document: Batch): Batch {
  if (!batch.matrix || !document.matrix) return batch;
  const order = Object.keys(document.matrix);
  const entries = Object.entries(batch.matrix).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  return { ...batch, matrix: Object.fromEntries(entries) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AtelierError('invalid_batch', `The batch is not valid JSON: ${(error as Error).message}.`);
  }
}

function readYaml(text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    const where = `line ${line}, column ${col}`;
    throw new AtelierError('invalid_batch', `The batch is not valid YAML at ${where}: ${error.message}`, where);
  }
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that would unfold to more than the library's bound.
    throw new AtelierError('invalid_batch', `The batch is not valid YAML: ${(error as Error).message}.`);
  }
}
