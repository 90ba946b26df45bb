/** `npm run bench -- NAME [--json FILE] [--strict]`: one benchmark, printed and written. Exit 0 if it ran, 1 if it broke. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { environment, render, type Benchmark } from './harness.js';
import { cold } from './cold.js';
import { engine } from './engine.js';
import { faults } from './faults.js';
import { dispatch } from './dispatch.js';
import { fidelity } from './fidelity.js';
import { gpu } from '../gpu/gpu.js';
import { hotplug } from './hotplug.js';
import { idle } from './idle.js';
import { latency } from './latency.js';
import { makespan } from './makespan.js';
import { makespanReal } from './makespan-real.js';
import { pipelines } from './pipelines.js';
import { policy } from './policy.js';
import { page } from './page.js';
import { queue } from './queue.js';
import { soak } from './soak.js';
import { swap } from './swap.js';

const benchmarks: readonly Benchmark[] = [
  cold,
  dispatch,
  engine,
  faults,
  fidelity,
  gpu,
  hotplug,
  idle,
  latency,
  makespan,
  makespanReal,
  pipelines,
  policy,
  page,
  queue,
  soak,
  swap,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    strict: { type: 'boolean', default: false },
    tasks: { type: 'string' },
    seed: { type: 'string' },
    seconds: { type: 'string' },
    plot: { type: 'string' },
    reference: { type: 'string' },
    instance: { type: 'string' },
    shape: { type: 'string' },
    nodes: { type: 'string' },
    pictures: { type: 'string' },
    minutes: { type: 'string' },
  },
});
const benchmark = benchmarks.find(({ name }) => name === positionals[0]);
if (!benchmark) {
  console.error(`error: ${positionals[0] ? `there is no benchmark "${positionals[0]}"` : 'name a benchmark'}:`);
  for (const { name, about } of benchmarks) console.error(`  npm run bench -- ${name.padEnd(13)} ${about}`);
  process.exit(2);
}

const report = {
  name: benchmark.name,
  environment: environment(),
  ...(await benchmark.run({
    tasks: values.tasks,
    seed: values.seed,
    seconds: values.seconds,
    plot: values.plot,
    reference: values.reference,
    instance: values.instance,
    shape: values.shape,
    nodes: values.nodes,
    pictures: values.pictures,
    minutes: values.minutes,
  })),
};
console.log(render(report));
if (values.json) writeFileSync(values.json, JSON.stringify(report, null, 2) + '\n');
process.exit(values.strict && report.goals.some(({ holds }) => holds === false) ? 1 : 0);
