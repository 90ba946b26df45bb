import sharp from 'sharp';
import { afterEach, describe, expect, test } from 'vitest';
import type { ClipFormat } from './clip-formats.js';
import { encodeClip } from './clip.js';
import { decodeImage } from './picture.js';
import type { Raster } from './raster.js';

const frame = (value: number): Raster => ({ width: 6, height: 4, pixels: new Uint8Array(6 * 4 * 3).fill(value) });
const frames = [frame(10), frame(120), frame(240)];
const { PATH } = process.env;
afterEach(() => {
  process.env.PATH = PATH;
});

describe('a clip', () => {
  test.each<[ClipFormat]>([['gif'], ['webp']])('becomes one %s that moves for as long as it should', async (format) => {
    const [file, ...others] = await encodeClip(frames, 3, format);
    expect(others).toEqual([]);
    const { pages, pageHeight, width, delay } = await sharp(file, { animated: true }).metadata();
    expect({ pages, pageHeight, width }).toEqual({ pages: 3, pageHeight: 4, width: 6 });
    // A GIF counts in hundredths of a second.
    expect(delay!.every((milliseconds) => Math.abs(milliseconds - 333) <= 4)).toBe(true);
  });

  test('becomes a PNG for each frame, the same to the pixel', async () => {
    const files = await encodeClip(frames, 8, 'png');
    expect(await Promise.all(files.map((file) => decodeImage(file)))).toEqual(frames);
  });

  test('becomes no MP4 without ffmpeg, in a sentence that says so', async () => {
    process.env.PATH = '/nowhere';
    await expect(encodeClip(frames, 8, 'mp4')).rejects.toThrow('An MP4 needs ffmpeg, which is not installed here');
  });
});
