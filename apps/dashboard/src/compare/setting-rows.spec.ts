import type { TaskView } from '@atelier/contracts/rest';
import { expect, it } from 'vitest';
import { settingRows } from './setting-rows.js';

const task = (seed: number, settings: object): TaskView => ({ prompt: 'a boat', seed, settings }) as never;

it('puts what differs first, and names models and LoRAs', () => {
  const lora = { name: 'lcm', sha256: 'x', weight: 0.8, textEncoderWeight: 0.8 };
  const rows = settingRows(task(1, { steps: 20, loras: [] }), task(2, { steps: 20, loras: [lora] }));
  expect(rows).toEqual([
    { name: 'seed', left: '1', right: '2', differs: true },
    { name: 'loras', left: '–', right: 'lcm × 0.8', differs: true },
    { name: 'prompt', left: 'a boat', right: 'a boat', differs: false },
    { name: 'steps', left: '20', right: '20', differs: false },
  ]);
});
