import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { GoldenOptions, GoldenRow } from '@atelier/diffusion/golden';
import type { CommonOptions } from '../client/connect.js';
import { UsageError } from '../errors.js';
import { createOutput, type Output } from '../output/output.js';
import { table } from '../output/table.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  root?: string;
  provider?: string;
  precision?: GoldenOptions['precision'];
}

export const define: Define = (command) =>
  command
    .argument('<dir...>', 'folders with golden cases, at any depth')
    .option('--root <dir>', 'where models are looked up that are not in the goldens folder itself')
    .option('--provider <name>', 'what to compute on (default: cpu)')
    .addOption(new Option('--precision <p>', 'what networks compute in (default: F32)').choices(['F32', 'F16']))
    .addHelpText('after', '\nExit code 1 if a case is out of its tolerance, 2 if there is no case.')
    .action(async (folders: string[], options: Options) => {
      const missing = folders.find((folder) => !statSync(folder, { throwIfNoEntry: false })?.isDirectory());
      if (missing) throw new UsageError(`${missing} is no folder`);
      const output = createOutput(options);
      const { runGoldens } = await import('@atelier/diffusion/golden');
      const rows: GoldenRow[] = [];
      const running = runGoldens(
        folders.map((folder) => resolve(folder)),
        {
          ...(options.root && { root: resolve(options.root) }),
          ...(options.provider && { provider: options.provider }),
          ...(options.precision && { precision: options.precision }),
        },
      );
      for await (const row of running) {
        rows.push(row);
        if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${rows.length} cases, ${row.family}/${row.case}`);
      }
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
      if (rows.length === 0) throw new UsageError(`there is no golden case at or below ${folders.join(', ')}`);
      output.answer(rows, () => report(rows, output));
      if (rows.some(({ pass }) => !pass)) process.exitCode = 1;
    });

/** A table per family, then the sum. */
function report(rows: readonly GoldenRow[], { colors }: Output): string {
  const families = [...new Set(rows.map(({ family }) => family))];
  const number = (value: number | null) => value?.toExponential(1) ?? null;
  const tables = families.map((family) => {
    const members = rows.filter((row) => row.family === family);
    const passed = members.filter(({ pass }) => pass).length;
    const cells = table<GoldenRow>(
      [
        { title: 'CASE', value: (row) => row.case },
        { title: '', value: ({ pass }) => (pass ? colors.green('ok') : colors.red('FAIL')) },
        { title: 'STAGE', value: ({ stage }) => stage },
        { title: 'MAX ABS', align: 'right', value: ({ maxAbs }) => number(maxAbs) },
        { title: 'REL L2', align: 'right', value: ({ relL2 }) => number(relL2) },
        { title: 'TOLERANCE', value: ({ tolerance }) => tolerance },
        { title: 'REASON', value: ({ reason }) => reason ?? '' },
      ],
      members,
    );
    return `${colors.bold(family)}: ${passed} of ${members.length} pass\n${cells}`;
  });
  const passed = rows.filter(({ pass }) => pass).length;
  return [...tables, `${passed} of ${rows.length} golden cases pass`].join('\n\n');
}
