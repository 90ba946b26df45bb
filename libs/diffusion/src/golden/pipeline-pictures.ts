import { readFile } from 'node:fs/promises';
import { decodeImage } from '../image/picture.js';
import type { Raster } from '../image/raster.js';
import { defaultsOf, type PictureFile, type PipelineCase } from './pipeline-case.js';
import { findInGoldens, type GoldenFile } from './places.js';

export type Recorded = ReadonlyMap<string, ArrayLike<number>>;

/** The pictures of a case, read. */
export interface CasePictures {
  /** The picture or latents that it begins from. */
  start?: Raster | Float32Array;
  mask?: Raster;
  /** What it follows. */
  followed: Raster[];
  /** What it should be like. */
  prompt?: Raster;
  /** [side, side] */
  depth?: Float32Array;
}

export async function readPictures(golden: PipelineCase, file: GoldenFile, recorded: Recorded): Promise<CasePictures> {
  const { image, control_image, mask_image, depth_map, ip_adapter_image } = golden.call;
  const read = async ({ png }: PictureFile) => decodeImage(await readFile(await findInGoldens(file, png)));
  const readAll = (pictures: PictureFile | PictureFile[]) => Promise.all([pictures].flat().map(read));
  const tensor = (name: string) => Float32Array.from(recorded.get(name)!);
  const [begins, follows] =
    defaultsOf(golden).strength === undefined ? [undefined, control_image ?? image] : [image, control_image];
  const start = begins && ('tensor' in begins ? tensor(begins.tensor) : (await readAll(begins))[0]);
  return {
    followed: follows && !('tensor' in follows) ? await readAll(follows) : [],
    ...(start && { start }),
    ...(ip_adapter_image && { prompt: await read(ip_adapter_image) }),
    ...(mask_image && { mask: await read(mask_image) }),
    ...(depth_map && { depth: tensor(depth_map.tensor) }),
  };
}
