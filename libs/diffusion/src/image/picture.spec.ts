import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, encodeJpeg, encodePng, pixelSha256 } from './picture.js';
import { readPngText } from './png-text.js';

const picture = { width: 3, height: 2, pixels: Uint8Array.from({ length: 18 }, (_, i) => i * 14) };

describe('a PNG', () => {
  test('gives its pixels and its texts back', async () => {
    const text = { parameters: 'a café\nSteps: 20', atelier: '{"prompt":"灯台"}' };
    const png = await encodePng(picture, text);
    expect(readPngText(png)).toEqual(text);
    expect(await decodeImage(png)).toEqual(picture);
    expect((await sharp(png).metadata()).format).toBe('png');
  });

  test('is the same for the same picture', async () => {
    expect(await encodePng(picture, { a: 'b' })).toEqual(await encodePng(picture, { a: 'b' }));
  });

  test('that is cut off is refused', async () => {
    const png = await encodePng(picture, { a: 'b'.repeat(100) });
    expect(() => readPngText(png.subarray(0, 80))).toThrow('truncated');
    expect(() => readPngText(Buffer.from('GIF89a, not a PNG'))).toThrow('no PNG');
    await expect(decodeImage(png.subarray(0, png.length - 30))).rejects.toThrow('cannot be read');
  });
});

test('a JPEG looks like its picture', async () => {
  const grey = { width: 16, height: 8, pixels: new Uint8Array(3 * 16 * 8).fill(130) };
  const file = await encodeJpeg(grey);
  expect((await sharp(file).metadata()).format).toBe('jpeg');
  const { width, height, pixels } = await decodeImage(file);
  expect([width, height]).toEqual([16, 8]);
  for (const value of pixels) expect(Math.abs(value - 130)).toBeLessThan(3);
});

describe('an image of a user', () => {
  test('that unpacks to too much is refused', async () => {
    const bomb = await sharp({ create: { width: 2000, height: 2000, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await expect(decodeImage(bomb, { bytes: 1e6, pixels: 1e6 })).rejects.toThrow('more than 1000000 pixels');
  });

  test('that is no picture of dots is refused', async () => {
    const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"/>');
    await expect(decodeImage(drawing)).rejects.toThrow('of kind svg; allowed are png, jpeg, webp, gif.');
  });

  test.each(['gray', 'transparent'])('that is %s gets three channels', async (kind) => {
    const image = sharp({ create: { width: 2, height: 1, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0.5 } } });
    const file = await (kind === 'gray' ? image.removeAlpha().toColourspace('b-w') : image).png().toBuffer();
    expect((await decodeImage(file)).pixels).toEqual(new Uint8Array(6).fill(9));
  });

  test('is turned upright', async () => {
    const lying = await sharp({ create: { width: 4, height: 2, channels: 3, background: 'red' } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    expect(await decodeImage(lying)).toMatchObject({ width: 2, height: 4 });
  });
});

test('pixels have a hash of their own', () => {
  expect(pixelSha256(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
