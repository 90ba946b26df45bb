/** Every golden case against the reference library's numbers, by family. */
import { join } from 'node:path';
import { runGoldens } from '@atelier/diffusion/golden';
import { root } from '../support/farm.js';
import { goal, type Benchmark } from './harness.js';

export const fidelity: Benchmark = {
  name: 'fidelity',
  about: 'golden cases of the reference library within tolerance',
  async run() {
    const families = new Map<
      string,
      { cases: number; passed: number; maxAbs: number; relL2: number; failed: string[] }
    >();
    for await (const row of runGoldens([join(root, 'tests/goldens')])) {
      const family = families.get(row.family) ?? { cases: 0, passed: 0, maxAbs: 0, relL2: 0, failed: [] };
      families.set(row.family, family);
      family.cases++;
      if (row.pass) {
        family.passed++;
        family.maxAbs = Math.max(family.maxAbs, row.maxAbs ?? 0);
        family.relL2 = Math.max(family.relL2, row.relL2 ?? 0);
      } else {
        family.failed.push(`${row.case}: ${row.reason ?? row.stage ?? ''}`);
      }
    }
    const all = [...families.values()];
    const sum = (pick: (family: (typeof all)[number]) => number) =>
      all.reduce((total, family) => total + pick(family), 0);
    return {
      rows: [...families].map(([family, { cases, passed, maxAbs, relL2, failed }]) => ({
        family,
        cases,
        'within tolerance': passed,
        'worst max abs': passed ? maxAbs : null,
        'worst rel L2': passed ? relL2 : null,
        'first that is not': failed[0]?.slice(0, 100) ?? '',
      })),
      goals: [
        goal({
          name: 'cases within tolerance',
          value: (100 * sum((f) => f.passed)) / sum((f) => f.cases),
          unit: '%',
          op: '>=',
          goal: 100,
        }),
      ],
    };
  },
};
