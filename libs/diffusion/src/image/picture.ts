/** Pictures between pixels and files. */
import sharp from 'sharp';
import { InputError } from '../errors.js';
import { withPngText } from './png-text.js';

export { pixelSha256 } from './pixel-hash.js';
import type { Raster } from './raster.js';

/** RGB, row by row, 8 bits a channel. */
export type Picture = Raster;

/** What is taken of a user's picture at most: beyond it lie decompression bombs, not init images. */
export const imageLimits = { bytes: 64 * 2 ** 20, pixels: 64 * 2 ** 20 } as const;

/** Kinds of image files that are read: drawings and documents would run code of their own. */
export const imageFormats = ['png', 'jpeg', 'webp', 'gif'] as const;
type ImageFormat = (typeof imageFormats)[number];

/**
 * A PNG of `picture` with `text` by keyword. Equal pictures and texts give equal bytes (on one build of libvips):
 * no time, no random number, fixed compression.
 */
export async function encodePng(
  { width, height, pixels }: Picture,
  text: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6, adaptiveFiltering: false, palette: false })
    .toBuffer();
  return withPngText(png, text);
}

/** A JPEG of `picture`, for looking at only. */
export function encodeJpeg({ width, height, pixels }: Picture): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/**
 * The pixels of an image file, upright (EXIF orientation applied), alpha dropped.
 * Throws InputError where the bytes are no image of a known kind, are damaged, or unpack to more than `limits`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: { bytes: number; pixels: number } = imageLimits,
): Promise<Picture> {
  if (bytes.length > limits.bytes) {
    throw new InputError(`The image has ${bytes.length} bytes; at most ${limits.bytes} are taken.`);
  }
  try {
    const image = sharp(bytes, { limitInputPixels: limits.pixels, failOn: 'error' });
    const { format } = await image.metadata();
    if (!imageFormats.includes(format as ImageFormat)) {
      throw new InputError(`The image is of kind ${format}; allowed are ${imageFormats.join(', ')}.`);
    }
    const { data, info } = await image
      .rotate()
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, pixels: new Uint8Array(data) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = (error as Error).message.split('\n')[0]!.toLowerCase();
    throw new InputError(
      why.includes('pixel limit')
        ? `The image unpacks to more than ${limits.pixels} pixels.`
        : `The image cannot be read: ${why}.`,
    );
  }
}
