/** The axes of a matrix: its keys with their values, addressed by position. Ranges are never unfolded. */
import { fault, show } from '../document/faults.js';
import { maximumTasks, tooLarge } from '../limits.js';
import type { Batch, Matrix } from '../schema/batch.js';
import { samplerSpellings } from '../schema/samplers.js';
import { settingSchemas, type Range, type SettingName, type Settings } from '../schema/settings.js';

export type SettingValue = NonNullable<Settings[SettingName]>;

export interface Axis {
  key: SettingName;
  /** Number of values. */
  size: number;
  valueAt(position: number): SettingValue;
  /** -1 where the axis has no such value. */
  positionOf(value: SettingValue): number;
  /** The values, where the document lists them. */
  listed?: readonly SettingValue[];
}

/** The smallest distance of a range: below it, rounding would give equal values. */
const smallestStep = 1e-6;

/** Axes in document order, the last the fastest. Throws `invalid_batch` for empty, double or impossible values. */
export function axesOf(matrix: Matrix | undefined): Axis[] {
  return Object.entries(matrix ?? {})
    .filter(([key]) => key !== 'include' && key !== 'exclude')
    .map(([key, values]) => axis(key as SettingName, values as SettingValue[] | Range));
}

/** Throws `invalid_batch` for what is wrong in a matrix. */
export function checkMatrix(matrix: Batch['matrix']): void {
  const axes = axesOf(matrix);
  const sampler = axes.find(({ key }) => key === 'sampler')?.listed?.find(bringsSchedule);
  if (sampler !== undefined && axes.some(({ key }) => key === 'schedule')) {
    throw fault(
      'matrix.sampler',
      `holds ${show(sampler)}, which has its schedule already; write the plain sampler beside matrix.schedule.`,
    );
  }
  matrix?.exclude?.forEach((combination, i) => {
    for (const [key, value] of Object.entries(combination) as [SettingName, SettingValue][]) {
      const axis = axes.find((axis) => axis.key === key);
      if (!axis)
        throw fault(`matrix.exclude[${i}].${key}`, 'is no key of the matrix, so nothing can be left out by it.');
      if (axis.positionOf(value) < 0) {
        throw fault(`matrix.exclude[${i}].${key}`, `is ${show(value)}, which is none of the values of matrix.${key}.`);
      }
    }
  });
  matrix?.include?.forEach((combination, i) => {
    if (combination.seed === -1) throw drawnSeed(`matrix.include[${i}].seed`);
  });
}

const bringsSchedule = (value: SettingValue) => samplerSpellings.get(value as string)?.schedule !== undefined;
const drawnSeed = (where: string) =>
  fault(where, 'is -1; a drawn seed belongs to the top level, where each task adds its index to it.');

function axis(key: SettingName, values: SettingValue[] | Range): Axis {
  return Array.isArray(values) ? listAxis(key, values) : rangeAxis(key, values);
}

function listAxis(key: SettingName, values: SettingValue[]): Axis {
  const positions = new Map<string, number>();
  values.forEach((value, i) => {
    const where = `matrix.${key}[${i}]`;
    if (key === 'seed' && value === -1) throw drawnSeed(where);
    if (positions.has(identity(key, value)))
      throw fault(where, `repeats ${show(value)}; every value may stand there once.`);
    positions.set(identity(key, value), i);
  });
  return {
    key,
    size: values.length,
    listed: values,
    valueAt: (position) => values[position]!,
    positionOf: (value) => positions.get(identity(key, value)) ?? -1,
  };
}

/** Equal for values that mean the same, such as the aliases of a sampler. */
function identity(key: SettingName, value: SettingValue): string {
  if (key === 'sampler') return JSON.stringify(samplerSpellings.get(value as string));
  if (!Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(
    value.map(({ name, weight = 1, textEncoderWeight = weight }) => [name, weight, textEncoderWeight]),
  );
}

function rangeAxis(key: SettingName, { from, count, step = 1 }: Range): Axis {
  const where = `matrix.${key}`;
  if (count > maximumTasks) throw tooLarge(count);
  if (Math.abs(step) < smallestStep)
    throw fault(`${where}.step`, `is ${step}; it takes a number of at least ${smallestStep} (or -${smallestStep}).`);
  // Twelve digits hide the rounding of sums such as 0.1 + 2 * 0.1.
  const valueAt = (position: number) => Number((from + position * step).toPrecision(12));
  for (const end of new Set([0, Math.min(1, count - 1), count - 1])) {
    if (key === 'seed' && valueAt(end) === -1) throw drawnSeed(where);
    const allowed = settingSchemas[key].safeParse(valueAt(end));
    if (!allowed.success)
      throw fault(where, `reaches ${valueAt(end)}; ${key} takes ${allowed.error.issues[0]!.message}.`);
  }
  return {
    key,
    size: count,
    valueAt,
    positionOf: (value) => {
      const position = Math.round((Number(value) - from) / step);
      return position >= 0 && position < count && valueAt(position) === value ? position : -1;
    },
  };
}
