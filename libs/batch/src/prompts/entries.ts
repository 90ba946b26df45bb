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
  /** Where sentences place it. */
  where: string;
}

const noColumns: Settings = {};

/**
 * The prompts in order. Throws `invalid_batch` for a column that the file does not have (naming those it has),
 * malformed cells, and prompt syntax that is not supported.
 */
export function promptEntries(batch: Batch, table?: PromptTable): PromptEntry[] {
  const entries = batch.promptsFile ? fromTable(batch.promptsFile, table) : fromList(batch.prompts ?? []);
  if (batch.promptSyntax !== 'plain') entries.forEach(refuseUnsupported);
  return entries;
}

/** Name of the column that holds the prompts. */
export const defaultColumn = 'prompt';

function fromList(prompts: readonly string[]): PromptEntry[] {
  return prompts.map((text, i) => {
    const where = `prompts[${i}]`;
    return { template: parseTemplate(text, where), columns: noColumns, where };
  });
}

function fromTable(
  { file, column: given, expand = false }: NonNullable<Batch['promptsFile']>,
  table: PromptTable | undefined,
): PromptEntry[] {
  if (!table) throw new AtelierError('invalid_batch', `promptsFile ${file} was not read.`, 'promptsFile');
  const column = given ?? defaultColumn;
  if (!table.columns.includes(column)) {
    const columns = `${table.fileName} has the columns ${table.columns.join(', ')}.`;
    throw fault('promptsFile.column', given === undefined ? `is missing; ${columns}` : `is ${show(given)}; ${columns}`);
  }
  const settingsOf = settingsReader(table, column);
  return table.rows.map((row) => {
    const where = cellPlace(table, row, column);
    const parsed = promptSchema.trim().min(1).safeParse(row.cells[column]);
    if (!parsed.success) throw fault(where, `is ${show(row.cells[column])}; it takes the text of a prompt.`);
    const template = expand ? parseTemplate(parsed.data, where) : literal(parsed.data);
    return { template, columns: settingsOf(row), where };
  });
}

/** Looks at the first prompt of a template and at every other text of its choices, one at a time. */
function refuseUnsupported({ template, where }: PromptEntry): void {
  const first = positionsAt(template, 0);
  refuseUnsupportedSyntax(textAt(template, first), where);
  choicesOf(template.parts).forEach((choice, i) => {
    for (let position = 1; position < choice.length; position++) {
      refuseUnsupportedSyntax(textAt(template, first.with(i, position)), where);
    }
  });
}
