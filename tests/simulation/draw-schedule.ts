/** Draws docs/images/scheduling.svg: npm run build && node tests/dist/simulation/draw-schedule.js */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { scenarioOf } from './farm/from-instance.js';
import { simulate } from './farm/simulate.js';
import { readInstance } from './instance.js';
import { drawSlots } from './picture.js';
import { policies } from './policies.js';

// This file runs from dist.
const root = new URL('../../../', import.meta.url);
const instance = readInstance(fileURLToPath(new URL('tests/simulation/instances/mixed-6.json', root)));
const panels = [
  { name: 'atelier', title: 'The policy' },
  { name: 'first-come pop', title: 'A plain queue: every free slot takes the oldest task' },
].map(({ name, title }) => {
  const outcome = simulate(scenarioOf(instance), policies[name]!());
  return { title: `${title}, ${Math.round(outcome.makespan)} s`, outcome };
});
writeFileSync(new URL('docs/images/scheduling.svg', root), drawSlots(panels));
