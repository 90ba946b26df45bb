/** Files of users that batches name by their hash: prompt files and pictures. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { AtelierError, type AssetView } from '@atelier/contracts';
import type { Artifacts } from '@atelier/store';
import type { FileStore, ReceivedFile } from './file-store.js';
import { checkPicture, pictureMediaTypes } from './picture-check.js';

const maximumBytes = 64 * 2 ** 20;
const textMediaTypes = ['text/plain', 'text/csv', 'text/tab-separated-values', 'application/jsonl'];
const imageMediaTypes: readonly string[] = [...pictureMediaTypes, 'image/gif'];
const takes = [...textMediaTypes, ...imageMediaTypes].join(', ');

export class Assets {
  constructor(
    private readonly files: FileStore,
    private readonly artifacts: Pick<Artifacts, 'put' | 'get'>,
  ) {}

  /** Stores a file under its hash; a second time changes nothing. Throws `unsupported_media`, `payload_too_large`, `invalid_request`. */
  async add(source: AsyncIterable<Uint8Array>, contentType: string | undefined): Promise<AssetView> {
    const mediaType = contentType?.split(';')[0]!.trim().toLowerCase() ?? '';
    const isText = textMediaTypes.includes(mediaType);
    if (!isText && !imageMediaTypes.includes(mediaType))
      throw new AtelierError('unsupported_media', `Assets of type "${mediaType}" are not taken; send one of ${takes}.`);
    const received = await this.files.receive(source, maximumBytes);
    try {
      if (received.bytes === 0) throw new AtelierError('invalid_request', 'The body is empty: send the file as it is.');
      const size = isText ? await checkText(received) : await checkPictureAs(mediaType, received);
      await this.files.keep(received);
      const { sha256, bytes } = received;
      await this.artifacts.put({ sha256, kind: 'asset', bytes, mediaType, ...size });
      return { sha256, bytes, mediaType };
    } catch (error) {
      await this.files.discard(received);
      throw error;
    }
  }

  /** Pixels of an image that a batch names at `place`. Throws `invalid_batch` where it is no hash, was not uploaded or is no image. */
  async imageSize(sha256: string, place: string): Promise<{ width: number; height: number }> {
    const refusal = (why: string) => new AtelierError('invalid_batch', `${place} ${why}`, place);
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw refusal(
        `names the file "${sha256.slice(0, 80)}", but no file of anybody's disk is read here: POST it to /api/v1/assets and give its hash, as \`atelier submit\` does.`,
      );
    const artifact = await this.artifacts.get(sha256);
    if (!artifact) throw refusal(`names the asset ${sha256}, which was not uploaded: POST it to /api/v1/assets first.`);
    if (artifact.withheld) throw refusal(`names the picture ${sha256}, which is withheld.`);
    const { width, height, mediaType } = artifact;
    if (width === null || height === null) throw refusal(`names the asset ${sha256}, which is ${mediaType}, no image.`);
    return { width, height };
  }

  /** The content of an asset. Throws `not_found`, naming what it was wanted for. */
  async read(sha256: string, wantedFor: string): Promise<Buffer> {
    const artifact = await this.artifacts.get(sha256);
    if (!artifact)
      throw new AtelierError(
        'not_found',
        `${wantedFor} names the asset ${sha256}, which was not uploaded: POST it to /api/v1/assets first.`,
      );
    return this.files.read(sha256);
  }
}

async function checkText({ path }: ReceivedFile) {
  if (!isUtf8(await readFile(path)))
    throw new AtelierError('unsupported_media', 'The file is not UTF-8 text: save it as UTF-8.');
  return { width: null, height: null };
}

async function checkPictureAs(mediaType: string, { path }: ReceivedFile) {
  const picture = await checkPicture(path);
  if (picture.mediaType !== mediaType)
    throw new AtelierError('unsupported_media', `The file is ${picture.mediaType}, but was sent as ${mediaType}.`);
  return { width: picture.width, height: picture.height };
}
