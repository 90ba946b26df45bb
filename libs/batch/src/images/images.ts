/** Every image that a batch names: found with its place, and replaced by what it was uploaded as. */
import { cellPlace } from '../prompts/columns.js';
import type { PromptTable } from '../prompts/table.js';
import type { Batch, Matrix } from '../schema/batch.js';

/** Settings that name an image: they may stand at the top, in the matrix and in columns of a prompt file. */
const imageSettings = ['initImage', 'mask'] as const;
type ImageSetting = (typeof imageSettings)[number];
type Holder = { [K in ImageSetting]?: string | undefined };

/** An image as it is written in a batch, and where that is. */
export interface ImageUse {
  name: string;
  place: string;
}

/** Every use of an image, in order of appearance. `table`: the rows of the batch's prompt file. */
export function imagesOf(batch: Batch, table?: PromptTable): ImageUse[] {
  const uses: ImageUse[] = [];
  withImages(batch, (name, place) => {
    uses.push({ name, place });
    return name;
  });
  if (table) {
    withTableImages(table, batch.promptsFile?.column, (name, place) => {
      uses.push({ name, place });
      return name;
    });
  }
  return uses;
}

/** The batch with another name for each of its images; what it does not name stays as it is. */
export function withImages(batch: Batch, rename: (name: string, place: string) => string): Batch {
  const { depthMap, control, ipAdapters, matrix } = batch;
  return {
    ...batch,
    ...renamed(batch, '', rename),
    ...(depthMap !== undefined && { depthMap: rename(depthMap, 'depthMap') }),
    ...(control && {
      control: control.map((one, i) => ({ ...one, image: rename(one.image, `control[${i}].image`) })),
    }),
    ...(ipAdapters && {
      ipAdapters: ipAdapters.map((one, i) => ({ ...one, image: rename(one.image, `ipAdapters[${i}].image`) })),
    }),
    ...(matrix && { matrix: renamedMatrix(matrix, rename) }),
  };
}

/** The same for the columns of a prompt file. `promptColumn`: the one that holds the prompts. */
export function withTableImages(
  table: PromptTable,
  promptColumn: string | undefined,
  rename: (name: string, place: string) => string,
): PromptTable {
  const columns = imageSettings.filter((name) => name !== promptColumn && table.columns.includes(name));
  if (columns.length === 0) return table;
  const rows = table.rows.map((row) => {
    const cells = { ...row.cells };
    for (const column of columns) {
      const cell = cells[column];
      if (typeof cell === 'string')
        cells[column] = rename(cell.trim(), cellPlace(table, row, column).replace(/,$/, ''));
    }
    return { ...row, cells };
  });
  return { ...table, rows };
}

function renamed(holder: Holder, above: string, rename: (name: string, place: string) => string): Holder {
  return Object.fromEntries(
    imageSettings.flatMap((key) => {
      const name = holder[key];
      return name === undefined ? [] : [[key, rename(name, above + key)]];
    }),
  );
}

function renamedMatrix(matrix: Matrix, rename: (name: string, place: string) => string): Matrix {
  const combinations = (key: 'include' | 'exclude') =>
    matrix[key] && {
      [key]: matrix[key].map((one, i) => ({ ...one, ...renamed(one, `matrix.${key}[${i}].`, rename) })),
    };
  const axes = imageSettings.flatMap((key) => {
    const names = matrix[key];
    return names ? [[key, names.map((name, i) => rename(name, `matrix.${key}[${i}]`))]] : [];
  });
  // Over the keys that are there already, so that the order of the axes stays.
  return { ...matrix, ...Object.fromEntries(axes), ...combinations('include'), ...combinations('exclude') };
}
