import { expect, test } from 'vitest';
import { resizeBicubicTensor } from './bicubic-tensor.js';

const plane = Float32Array.from({ length: 12 }, (_, i) => (i * i) % 7);

test('leaves a plane of the wanted size as it is', () => {
  expect(resizeBicubicTensor(plane, { width: 4, height: 3 }, { width: 4, height: 3 })).toEqual(plane);
});

test('gives what torch.nn.functional.interpolate gives', () => {
  const smaller = resizeBicubicTensor(plane, { width: 4, height: 3 }, { width: 2, height: 2 });
  expect([...smaller].map((value) => value.toFixed(4))).toEqual(['0.9335', '2.5314', '2.9297', '1.3438']);
  const larger = resizeBicubicTensor(plane, { width: 4, height: 3 }, { width: 5, height: 2 });
  expect([...larger].map((value) => value.toFixed(4))).toEqual([
    ...['0.4159', '1.1703', '2.7637', '2.9576', '1.3667'],
    ...['1.1263', '3.5906', '3.1680', '1.3458', '1.4649'],
  ]);
});
