import { expect, test } from 'vitest';
import { sheetsOf } from './sheets.js';

const axes = [
  { key: 'prompt', size: 2 },
  { key: 'steps', size: 1 },
  { key: 'guidance', size: 3 },
  { key: 'seed', size: 4 },
];

test('a batch that asks for none has none', () => {
  expect(sheetsOf({}, axes)).toEqual([]);
  expect(sheetsOf({ output: { format: 'png' } }, axes)).toEqual([]);
});

test('unless told the two axes that vary fastest run along it, and each other combination has its own', () => {
  expect(sheetsOf({ output: { sheet: true } }, axes)).toEqual([
    { file: 'sheet-1.png', x: 'seed', y: 'guidance', at: { prompt: 0, steps: 0 } },
    { file: 'sheet-2.png', x: 'seed', y: 'guidance', at: { prompt: 1, steps: 0 } },
  ]);
  expect(sheetsOf({ output: { sheet: true } }, [{ key: 'prompt', size: 1 }])).toEqual([
    { file: 'sheet.png', x: 'prompt', y: null, at: {} },
  ]);
});

test('axes can be chosen', () => {
  const chosen = sheetsOf({ output: { sheet: { x: 'prompt' } } }, axes);
  expect(chosen).toHaveLength(12);
  expect(chosen[7]).toEqual({ file: 'sheet-08.png', x: 'prompt', y: null, at: { steps: 0, guidance: 1, seed: 3 } });
  expect(sheetsOf({ output: { sheet: { y: 'seed' } } }, axes)[0]).toMatchObject({ x: 'guidance', y: 'seed' });
});

test.each([
  [
    { x: 'sampler' },
    'output.sheet.x is "sampler", which is no axis of this batch; it has prompt, steps, guidance, seed.',
  ],
  [{ x: 'seed', y: 'seed' }, 'output.sheet.y is the axis of x; one axis cannot run both ways.'],
])('%j is refused', (sheet, sentence) => {
  expect(() => sheetsOf({ output: { sheet } }, axes)).toThrow(sentence);
});

test('sheets that nobody could look at are refused', () => {
  const many = [
    { key: 'prompt', size: 100 },
    { key: 'seed', size: 1000 },
  ];
  expect(() => sheetsOf({ output: { sheet: { x: 'seed' } } }, many)).toThrow('would show 1000 pictures at once');
  expect(() => sheetsOf({ output: { sheet: { x: 'prompt' } } }, many)).toThrow('would be 1000 sheets; 64 are possible');
});
