/** A picture counts only after it was decoded here: a file that merely claims to be one never becomes a result. */
import { readFile } from 'node:fs/promises';
import { AtelierError } from '@atelier/contracts';
import { decodeImage, imageLimits, InputError, pixelSha256 } from '@atelier/diffusion';
import sharp from 'sharp';

export const pictureMediaTypes = ['image/png', 'image/jpeg', 'image/webp'] as const;

export interface CheckedPicture {
  mediaType: string;
  width: number;
  height: number;
  /** SHA-256 of the decoded pixels. */
  pixelSha256: string;
}

/** A clip that the server has no decoder for: it is known by its beginning, and its size is taken on trust. */
const mp4 = { mediaType: 'video/mp4', mark: 'ftyp' } as const;

/** Reads a clip: all frames of one that is an image, the beginning of a film. Throws `unsupported_media`. */
export async function checkClip(
  path: string,
  promised: Pick<CheckedPicture, 'mediaType' | 'width' | 'height'>,
): Promise<CheckedPicture> {
  if (promised.mediaType !== mp4.mediaType) {
    const picture = await checkPicture(path);
    await sharp(path, { pages: -1, limitInputPixels: imageLimits.pixels }).stats();
    return picture;
  }
  const bytes = await readFile(path);
  if (bytes.toString('latin1', 4, 8) !== mp4.mark)
    throw new AtelierError('unsupported_media', 'The file is no MP4 film.');
  const { mediaType, width, height } = promised;
  return { mediaType, width, height, pixelSha256: '' };
}

/** Reads a picture to its last pixel. Throws `unsupported_media` where the file is none, is damaged or unpacks too large. */
export async function checkPicture(path: string): Promise<CheckedPicture> {
  const bytes = await readFile(path);
  try {
    const { width, height, pixels } = await decodeImage(bytes);
    const { format } = await sharp(bytes).metadata();
    return { mediaType: `image/${format}`, width, height, pixelSha256: pixelSha256(pixels) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new AtelierError('unsupported_media', `The file is no picture that can be taken: ${error.message}.`);
  }
}
