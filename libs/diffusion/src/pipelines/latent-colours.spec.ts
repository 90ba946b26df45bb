import { expect, test } from 'vitest';
import { LatentColours } from './latent-colours.js';

/** Latents of two channels, and a picture of twice the size that is a straight function of them. */
function example() {
  const [width, height] = [4, 4];
  const latents = Float32Array.from({ length: 2 * 16 }, (_, i) => Math.sin(i * 1.7));
  const values = new Float32Array(3 * 64);
  for (let c = 0; c < 3; c++) {
    for (let i = 0; i < 64; i++) {
      const place = Math.floor(i / 16) * 4 + ((i % 8) >> 1);
      values[c * 64 + i] = 0.5 * latents[place]! * (c - 1) - 0.2 * latents[16 + place]! + 0.1;
    }
  }
  return { latents: { values: latents, width, height }, picture: { values, width: 8, height: 8 } };
}

test('learns how colours follow from latents', () => {
  const { latents, picture } = example();
  const colours = new LatentColours(2);
  expect(colours.ready).toBe(false);
  colours.learn(latents, picture);
  expect(colours.ready).toBe(true);
  const pixels = colours.draw(latents);
  pixels.forEach((byte, i) => {
    const [place, c] = [Math.floor(i / 3), i % 3];
    const value = picture.values[c * 64 + Math.floor(place / 4) * 16 + (place % 4) * 2]!;
    expect(Math.abs(byte - (value / 2 + 0.5) * 255)).toBeLessThan(1);
  });
});
