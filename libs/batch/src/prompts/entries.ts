/** Where prompts come from: the list in the batch, or the rows of its prompt file. */
import { AtelierError } from '@atelier/contracts';
import { fault, show } from '../document/faults.js';
import type { Batch } from '../schema/batch.js';
import { prompt as promptSchema, type Settings } from '../schema/settings.js';
import { cellPlace, settingsReader } from './columns.js';
import { refuseUnsupportedSyntax } from './syntax.js';
import type { PromptTable } from './table.js';
import { choicesOf, literal, parseTemplate, positionsAt, textAt, type Template } from './template.js';

/** A prompt of the list or a row of the file. */
export interface PromptEntry {
  template: Template;
  /** Settings from the row's columns. */
  columns: Settings;
}

export interface PromptSource {
  entries: readonly PromptEntry[];
  /** Where sentences place an entry. */
  placeOf(entry: number): string;
}

const noColumns: Settings = {};
const promptCell = promptSchema.trim().min(1);

/**
 * The prompts in order. Throws `invalid_batch` for a column that the file does not have (naming those it has),
 * malformed cells, and prompt syntax that is not supported.
 */
export function readPrompts(batch: Batch, table?: PromptTable): PromptSource {
  const source = batch.promptsFile ? fromTable(batch.promptsFile, table) : fromList(batch.prompts ?? []);
  if (batch.promptSyntax !== 'plain') {
    source.entries.forEach(({ template }, i) => refuseUnsupported(template, () => source.placeOf(i)));
  }
  return source;
}

/** Name of the column that holds the prompts. */
export const defaultColumn = 'prompt';

function fromList(prompts: readonly string[]): PromptSource {
  const placeOf = (i: number) => `prompts[${i}]`;
  const entries = prompts.map((text, i) => ({ template: parseTemplate(text, placeOf(i)), columns: noColumns }));
  return { entries, placeOf };
}

function fromTable(
  { file, column: given, expand = false }: NonNullable<Batch['promptsFile']>,
  table: PromptTable | undefined,
): PromptSource {
  if (!table) throw new AtelierError('invalid_batch', `promptsFile ${file} was not read.`, 'promptsFile');
  const column = given ?? defaultColumn;
  if (!table.columns.includes(column)) {
    const columns = `${table.fileName} has the columns ${table.columns.join(', ')}.`;
    throw fault('promptsFile.column', given === undefined ? `is missing; ${columns}` : `is ${show(given)}; ${columns}`);
  }
  const settingsOf = settingsReader(table, column);
  const placeOf = (i: number) => cellPlace(table, table.rows[i]!, column);
  const entries = table.rows.map((row, i) => {
    const parsed = promptCell.safeParse(row.cells[column]);
    if (!parsed.success) throw fault(placeOf(i), `is ${show(row.cells[column])}; it takes the text of a prompt.`);
    const template = expand ? parseTemplate(parsed.data, placeOf(i)) : literal(parsed.data);
    return { template, columns: settingsOf(row) };
  });
  return { entries, placeOf };
}

/** Looks at the first prompt of a template and at every other text of its choices, one at a time. */
function refuseUnsupported(template: Template, place: () => string): void {
  const first = positionsAt(template, 0);
  refuseUnsupportedSyntax(textAt(template, first), place);
  choicesOf(template.parts).forEach((choice, i) => {
    for (let position = 1; position < choice.length; position++) {
      refuseUnsupportedSyntax(textAt(template, first.with(i, position)), place);
    }
  });
}
