/** HiGHS, compiled to WebAssembly. */
import highs from 'highs';

// Its types are those of a CommonJS module, its file for `import` is not one.
const load = highs as unknown as typeof highs.default;

export interface Solution {
  /** What was proved: the optimum, or the dual bound at the end of the time. */
  bound: number;
  proved: boolean;
}

/** Share of the optimum to which a whole-number programme is solved. */
const gap = 1e-3;

/** Solves a minimisation in LP format. Throws when it has no solution. */
export async function solve(programme: string, limitSeconds: number): Promise<Solution> {
  const log: string[] = [];
  // The binding returns no dual bound: it is read from the solver's report.
  const solver = await load({ print: (line: string) => log.push(line) });
  const { Status, ObjectiveValue } = solver.solve(programme, { time_limit: limitSeconds, mip_rel_gap: gap });
  const dual = log.map((line) => /^\s*Dual bound\s+(\S+)/.exec(line)?.[1]).find((value) => value !== undefined);
  if (dual !== undefined) return { bound: Number(dual), proved: Status === 'Optimal' };
  if (Status !== 'Optimal') throw new Error(`The bound was not found: ${Status}.`);
  return { bound: ObjectiveValue, proved: true };
}
