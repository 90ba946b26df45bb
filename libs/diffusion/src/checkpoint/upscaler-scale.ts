import { readRrdbConfig, rrdbWeights, scaleOf } from '../networks/rrdb.js';
import { imageUpscalerFile } from './adapter-file.js';
import { openWeightFile } from './weight-files.js';

/** How many times larger an upscaler makes pictures. Throws CheckpointError for a file that is none. */
export async function scaleOfUpscaler(path: string): Promise<number> {
  return scaleOf(readRrdbConfig(rrdbWeights(await openWeightFile(await imageUpscalerFile(path)))));
}
