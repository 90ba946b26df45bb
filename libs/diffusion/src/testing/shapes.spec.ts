import { expect, test } from 'vitest';
import { tensorsOf } from './random-checkpoint.js';
import { SHAPES } from './shapes.js';

function parametersOf(name: Parameters<typeof tensorsOf>[0], config: Parameters<typeof tensorsOf>[1]): number {
  return [...tensorsOf(name, config).values()]
    .map((shape) => shape.reduce((product, size) => product * size, 1))
    .reduce((sum, count) => sum + count, 0);
}

test('networks of full size have as many parameters as the published ones', () => {
  const { 'sd1.5': sd1, sdxl } = SHAPES;
  expect(parametersOf('unet', sd1.networks.unet)).toBe(859_520_964);
  expect(parametersOf('vae', sd1.networks.vae)).toBe(83_653_863);
  expect(parametersOf('text_encoder', sd1.networks.text_encoder)).toBe(123_060_480);
  expect(parametersOf('unet', sdxl.networks.unet)).toBe(2_567_463_684);
  expect(parametersOf('text_encoder_2', sdxl.networks.text_encoder_2)).toBe(694_659_840);
});
