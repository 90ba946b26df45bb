import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { playBatch } from './play-batch.js';

const empty = { steps: '', guidance: '', size: '', seed: '', negative: '', lora: '' };

it('asks for one picture, with what was typed and nothing else', () => {
  expect(parse(playBatch('a {red} boat', 'postcard', empty))).toEqual({
    kind: 'Batch',
    name: 'a {red} boat',
    model: 'postcard',
    prompts: ['a \\{red\\} boat'],
    interactive: true,
  });
  expect(parse(playBatch('a', 'm', { ...empty, steps: '4', seed: '0', lora: 'lcm' }))).toMatchObject({
    steps: 4,
    seed: 0,
    loras: [{ name: 'lcm' }],
  });
});
