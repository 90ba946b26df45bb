/** How many values to draw: a count or a shape, which is filled row by row. */
export type Size = number | readonly number[];

/** The number of values of a size. */
export function countOf(size: Size): number {
  return typeof size === 'number' ? size : size.reduce((product, n) => product * n, 1);
}
