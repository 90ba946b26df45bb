/** Columns of a prompt file that are settings: they override the top of the batch for their row. */
import { fault, show } from '../document/faults.js';
import { settingSchemas, settingNames, type SettingName, type Settings } from '../schema/settings.js';
import type { PromptRow, PromptTable } from './table.js';

const numeric: ReadonlySet<SettingName> = new Set([
  'steps',
  'guidance',
  'guidanceRescale',
  'eta',
  'seed',
  'clipSkip',
  'strength',
]);
const none: Settings = {};

/** Where a sentence places a cell. */
export const cellPlace = ({ fileName }: PromptTable, { line }: PromptRow, column: string) =>
  `${fileName} line ${line}, column ${column},`;

/** Reader of the settings in the rows of `table`. It throws `invalid_batch` for a cell that its setting does not allow. */
export function settingsReader(table: PromptTable, promptColumn: string): (row: PromptRow) => Settings {
  const columns = settingNames.filter((name) => name !== promptColumn && table.columns.includes(name));
  if (columns.length === 0) return () => none;
  return (row) => {
    const settings: Settings = {};
    for (const column of columns) {
      const cell = row.cells[column];
      if (cell === undefined || cell === null) continue;
      const value = numeric.has(column) && typeof cell === 'string' ? Number(cell) : cell;
      const parsed = settingSchemas[column].safeParse(value);
      if (!parsed.success) {
        throw fault(cellPlace(table, row, column), `is ${show(cell)}; it takes ${parsed.error.issues[0]!.message}.`);
      }
      // -1 asks for a drawn seed, which is what an absent one gets.
      if (column !== 'seed' || parsed.data !== -1) Object.assign(settings, { [column]: parsed.data });
    }
    return settings;
  };
}
