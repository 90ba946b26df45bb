/**
 * `node tests/dist/faults/main.js --mode embedded|cluster [--tasks N] [--faults N] [--seed N] [--quiet FILE] [--variant NAME]`: one run as
 * a process of its own, so that it can live in its own network and mount namespaces. The report is JSON on stdout.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runFaults } from './run.js';
import { shortLease, variants } from './variants.js';

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'embedded' },
    tasks: { type: 'string', default: '2000' },
    faults: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    quiet: { type: 'string' },
    variant: { type: 'string' },
  },
});
const tasks = Number(values.tasks);
const quiet = values.quiet && new Map(JSON.parse(readFileSync(values.quiet, 'utf8')) as [number, string][]);
const variant = variants.find(({ name }) => name === values.variant);
if (values.variant && !variant) throw new Error(`there is no variant ${values.variant}`);
const report = await runFaults({
  mode: values.mode as 'embedded' | 'cluster',
  tasks,
  faults: variant?.plan ?? Number(values.faults),
  seed: Number(values.seed),
  ...(quiet && { quiet }),
  ...(variant && { ...variant, patches: [...variant.patches, ...shortLease], leaseSeconds: 4, agents: 2 }),
  note: (text) => console.error(text),
});
console.log(JSON.stringify(report, null, 2));
process.exit(report.violations.length > 0 ? 1 : 0);
