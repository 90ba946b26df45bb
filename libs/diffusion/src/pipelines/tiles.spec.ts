import { expect, test } from 'vitest';
import { inTiles, type Planes } from './tiles.js';

const tiling = { from: 4, to: 8, overlap: 0.25 };
const ramp = (height: number, width: number): Planes => ({
  data: Float32Array.from({ length: height * width }, (_, i) => i),
  ...{ channels: 1, height, width },
});

/** Doubles height and width by repetition: the same for a tile as for the whole. */
async function double({ data, height, width }: Planes): Promise<Planes> {
  const doubled = Array.from({ length: 4 * height * width }, (_, i) => {
    const [y, x] = [Math.floor(i / (2 * width)), i % (2 * width)];
    return data[Math.floor(y / 2) * width + Math.floor(x / 2)]!;
  });
  return { data: Float32Array.from(doubled), channels: 1, height: 2 * height, width: 2 * width };
}

test.each([
  [9, 7],
  [4, 4],
  [3, 11],
  [6, 6],
])('gives what the network gives of the whole where tiles agree, %i x %i', async (height, width) => {
  const whole = ramp(height, width);
  expect(await inTiles(whole, tiling, double)).toEqual(await double(whole));
});

test('never gives a network more than a tile, and goes over from one to the next', async () => {
  let count = 0;
  const { data } = await inTiles(ramp(4, 7), tiling, async (tile) => {
    expect(Math.max(tile.height, tile.width)).toBeLessThanOrEqual(4);
    const doubled = await double(tile);
    return { ...doubled, data: doubled.data.fill(count++) };
  });
  expect([...data.subarray(0, 14)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0.5, 1, 1, 1, 1, 1, 1.5]);
});
