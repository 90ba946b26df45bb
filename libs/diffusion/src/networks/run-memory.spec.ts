import { expect, test } from 'vitest';
import { memoryOfRun, type DrawnSize, type Footprint } from './run-memory.js';

const sd1: Footprint = {
  weights: { texts: 123.1e6, unet: 859.5e6, vae: 83.7e6 },
  texts: [{ length: 77, width: 768 }],
  unet: { levels: [{ channels: 320, down: [1, 1], up: [1, 1, 1] }] },
  vae: { levels: [128, 256, 512, 512], sampleSize: 512, pictureChannels: 3, forceUpcast: true },
  sizeMultiple: 8,
};
const small: DrawnSize = { width: 512, height: 512, pictures: 1, views: 2 };
const needed = (change: Partial<DrawnSize>, footprint = sd1) => memoryOfRun(footprint, { ...small, ...change }, 'F32');

test('the largest network with what it computes in decides', () => {
  const weights = 4 * sd1.weights.unet;
  expect(needed({})).toBeGreaterThan(weights);
  expect(needed({})).toBeLessThan(weights + 1.5e9);
  const doubled = { ...sd1, weights: { ...sd1.weights, texts: 2 * sd1.weights.texts } };
  expect(needed({}, doubled)).toBe(needed({}));
});

test('more to draw takes more', () => {
  expect(needed({ pictures: 4 })).toBeGreaterThan(needed({ pictures: 2 }));
  expect(needed({ width: 768 })).toBeGreaterThan(needed({}));
  expect(needed({ views: 1 })).toBeLessThan(needed({}));
  expect(memoryOfRun(sd1, small, 'F32', 361e6)).toBeCloseTo(needed({}) + 4 * 361e6, -3);
});

test('guidance that a model has within shows its U-Net nothing twice', () => {
  expect(needed({}, { ...sd1, distilled: true })).toBe(needed({ views: 1 }));
});

test('tiles take less than a whole picture, which large ones are not drawn as', () => {
  const large = { width: 2048, height: 2048 };
  const whole = needed({ ...large, tiled: false });
  expect(needed({ ...large, tiled: true })).toBeLessThan(whole);
  expect(needed(large)).toBe(needed({ ...large, tiled: true }));
});

test('half precision halves all but what is too coarse in it', () => {
  expect(memoryOfRun(sd1, small, 'F16')).toBeLessThan(0.6 * needed({}));
  const wide = { width: 1024, height: 1024 };
  const decoding = 4 * 4.2 * 256 * 1024 * 1024;
  expect(memoryOfRun(sd1, { ...small, ...wide }, 'F16')).toBeGreaterThan(decoding);
});
