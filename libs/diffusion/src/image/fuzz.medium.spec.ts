import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { damaged, tryAll, type Random } from '../fuzz.fixture.js';
import { decodeImage } from './picture.js';
import { readPngText } from './png-text.js';

const INPUTS = join(import.meta.dirname, '../../../../tests/goldens/pipelines/inputs');

let files: Buffer[];
beforeAll(async () => {
  const png = await readFile(join(INPUTS, 'noise-33x47.png'));
  const picture = sharp(png);
  files = [
    png,
    await readFile(join(INPUTS, 'mask-64x64.png')),
    await picture.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    await picture.clone().jpeg({ progressive: true }).toBuffer(),
    await picture.clone().webp({ lossless: true }).toBuffer(),
    await picture.clone().webp().toBuffer(),
    await picture.clone().gif().toBuffer(),
  ];
});

/** Enough for the pictures above, and far below what damaged sizes ask for. */
const LIMITS = { bytes: 2 ** 20, pixels: 2 ** 20 };

test('pictures', async () => {
  const attempt = async (random: Random) => {
    const { width, height, pixels } = await decodeImage(damaged(files[random(files.length)]!, random), LIMITS);
    expect(pixels.length).toBe(3 * width * height);
    expect(width * height).toBeLessThanOrEqual(LIMITS.pixels);
  };
  const { results, sentences } = await tryAll(1500, attempt);
  expect(results).toBeGreaterThan(100);
  expect(sentences).toBeGreaterThan(500);
});

test('texts in a PNG', async () => {
  await tryAll(500, async (random) => readPngText(damaged(files[0]!, random)));
});
