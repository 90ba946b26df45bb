/** Which axes a grid is laid out along, and where the others stand. Pure. */
import type { JobAxis } from '@atelier/contracts/rest';

/** As chosen; else the last axis across, the one before it down, and no third. `-` is none. */
export function chosenAxes(
  axes: readonly JobAxis[],
  { x, y, z }: { x?: string | undefined; y?: string | undefined; z?: string | undefined },
): { x: JobAxis; y: JobAxis | undefined; z: JobAxis | undefined } {
  const named = (key: string | undefined, taken: readonly (JobAxis | undefined)[]) =>
    axes.find((axis) => axis.key === key && !taken.includes(axis));
  const across = named(x, []) ?? axes.at(-1)!;
  const down = y === '-' ? undefined : (named(y, [across]) ?? axes.findLast((axis) => axis !== across));
  return { x: across, y: down, z: named(z, [across, down]) };
}

/** `prompt:0,steps:2` */
export function parsePositions(text: string | undefined): Map<string, number> {
  const parts = (text ?? '').split(',').map((part) => /^(\w+):(\d+)$/.exec(part));
  return new Map(parts.flatMap((part): [string, number][] => (part ? [[part[1]!, Number(part[2])]] : [])));
}

/** The first position of an axis needs no word. */
export const formatPositions = (positions: ReadonlyMap<string, number>): string =>
  [...positions]
    .filter(([, position]) => position > 0)
    .map(([key, position]) => `${key}:${position}`)
    .join(',');
