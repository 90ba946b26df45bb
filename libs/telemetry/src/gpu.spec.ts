import { expect, test } from 'vitest';
import { parseRows } from './gpu.js';

test("reads nvidia-smi's rows", () => {
  expect(
    parseRows('GPU-1, NVIDIA GeForce RTX 3070, 8192, 550.1\nGPU-2, NVIDIA GeForce RTX 4070, 12282, 550.1\n'),
  ).toEqual([
    ['GPU-1', 'NVIDIA GeForce RTX 3070', '8192', '550.1'],
    ['GPU-2', 'NVIDIA GeForce RTX 4070', '12282', '550.1'],
  ]);
});
