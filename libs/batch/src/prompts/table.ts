/** Prompt files: text with a prompt per line, tables with a header, or JSON objects per line. */
import { AtelierError } from '@atelier/contracts';
import { parse } from 'csv-parse/sync';
import { show } from '../document/faults.js';

/** A prompt file, read: its prompts in order, with the other columns of each. */
export interface PromptTable {
  fileName: string;
  /** Names of the columns in order; a `.txt` file has the single column `prompt`. */
  columns: string[];
  rows: PromptRow[];
}

export interface PromptRow {
  /** Line of the file, from 1. */
  line: number;
  /** Cells by column; empty ones of a table are absent. */
  cells: Readonly<Record<string, unknown>>;
}

type Reader = (text: string, fileName: string) => Omit<PromptTable, 'fileName'>;

const readers: Record<string, Reader> = {
  txt: readLines,
  csv: (text, fileName) => readCells(text, fileName, { delimiter: ',' }),
  // Tab-separated files have no quoting: a quote is a character of the prompt.
  tsv: (text, fileName) => readCells(text, fileName, { delimiter: '\t', quote: false }),
  jsonl: readObjects,
};

/**
 * Reads a prompt file in the format of its name's ending. Blank lines are passed over.
 * Throws `invalid_batch` naming the line for what is malformed.
 */
export function readPromptTable(bytes: Uint8Array, fileName: string): PromptTable {
  const reader = readers[/\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? ''];
  if (!reader)
    throw faulty(
      fileName,
      `ends in none of ${Object.keys(readers)
        .map((ending) => `.${ending}`)
        .join(', ')}`,
    );
  const table = reader(decode(bytes, fileName), fileName);
  if (table.rows.length === 0) throw faulty(fileName, 'has no prompt');
  return { fileName, ...table };
}

const faulty = (place: string, rest: string) => new AtelierError('invalid_batch', `${place} ${rest}.`, place);

function decode(bytes: Uint8Array, fileName: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw faulty(fileName, 'is not UTF-8 text');
  }
}

function readLines(text: string): Omit<PromptTable, 'fileName'> {
  return {
    columns: ['prompt'],
    rows: numberedLines(text).map(({ line, text: prompt }) => ({ line, cells: { prompt } })),
  };
}

function readCells(
  text: string,
  fileName: string,
  format: { delimiter: string; quote?: false },
): Omit<PromptTable, 'fileName'> {
  const records = csvRecords(text, fileName, format);
  const columns = records.shift()?.record ?? [];
  const double = columns.find((name, i) => columns.indexOf(name) !== i);
  if (double !== undefined) throw faulty(fileName, `has the column ${show(double)} twice`);
  const rows = records.map(({ record, line }) => ({
    line,
    cells: Object.fromEntries(record.flatMap((cell, i) => (cell === '' ? [] : [[columns[i]!, cell]]))),
  }));
  return { columns, rows };
}

function csvRecords(text: string, fileName: string, format: { delimiter: string; quote?: false }) {
  try {
    const records = parse(text, { ...format, info: true, skip_empty_lines: true }) as unknown as {
      info: { lines: number };
      record: string[];
    }[];
    return records.map(({ info, record }) => ({ record, line: info.lines }));
  } catch (error) {
    throw faulty(fileName, `cannot be read as a table: ${(error as Error).message}`);
  }
}

function readObjects(text: string, fileName: string): Omit<PromptTable, 'fileName'> {
  const rows = numberedLines(text).map(({ line, text }) => ({
    line,
    cells: readObject(text, `${fileName} line ${line}`),
  }));
  return { columns: [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))], rows };
}

function readObject(text: string, place: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw faulty(place, `is ${show(text)}, not a JSON object`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw faulty(place, `is ${show(value)}, not a JSON object`);
  }
  return value as Record<string, unknown>;
}

function numberedLines(text: string): { line: number; text: string }[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((text, i) => ({ line: i + 1, text: text.trim() }))
    .filter(({ text }) => text !== '');
}
