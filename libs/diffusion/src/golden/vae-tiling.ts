import { networkFolder } from '../checkpoint/checkpoint.js';
import { openWeights } from '../checkpoint/weight-files.js';
import { readFile } from 'node:fs/promises';
import { decodeImage } from '../image/picture.js';
import { toSignedTensor } from '../image/tensor.js';
import type { Model } from '../graph/graph.js';
import { readVaeConfig } from '../networks/vae-config.js';
import { vaeDecoder, vaeEncoder } from '../networks/vae.js';
import { inTiles, type Planes } from '../pipelines/tiles.js';
import { readGoldenJson, tensorsOf, type CaseReport } from './format.js';
import type { GoldenEngine } from './pipeline-stages.js';
import { findInGoldens, type GoldenFile } from './places.js';
import { readGoldenTensors } from './tensors.js';
import { TOLERANCES } from './tolerances.js';

interface TilingCase {
  vae: string;
  image: { png: string };
  tile_sample_min_size: number;
  tile_latent_min_size: number;
  tile_overlap_factor: number;
}

/** Compares an autoencoder that works tile by tile. */
export async function compareTiling(report: CaseReport, file: GoldenFile, engine: GoldenEngine): Promise<void> {
  const golden = await readGoldenJson<TilingCase>(file.path);
  const tensors = await readGoldenTensors(tensorsOf(file.path));
  const folder = await findInGoldens(file, golden.vae);
  const config = readVaeConfig(await networkFolder(folder).readConfig(), folder);
  const weights = await openWeights(folder);
  const { target } = engine;
  const { tile_sample_min_size: pixels, tile_latent_min_size: latents, tile_overlap_factor: overlap } = golden;

  const encode = await network(engine, 'vae_encoder', folder, () => vaeEncoder(config, weights, { target }));
  const { width, height, ...raster } = await decodeImage(await readFile(await findInGoldens(file, golden.image.png)));
  const picture = { data: toSignedTensor({ width, height, ...raster }), channels: 3, height, width };
  const [plainMean] = moments(await encode(picture));
  const [mean, logVariance] = moments(await inTiles(picture, { from: pixels, to: latents, overlap }, encode));
  report.compare('encoded.plain.mean', plainMean, tensors.values('encoded.plain.mean'), TOLERANCES.network);
  report.compare('encoded.tiling.mean', mean, tensors.values('encoded.tiling.mean'), TOLERANCES.network);
  const deviation = logVariance.map((value) => Math.exp(value / 2));
  report.compare('encoded.tiling.std', deviation, tensors.values('encoded.tiling.std'), TOLERANCES.network);

  const decode = await network(engine, 'vae_decoder', folder, () => vaeDecoder(config, weights, { target }));
  const [, channels, rows, columns] = tensors.shape('latents') as [number, number, number, number];
  const given = { data: tensors.float32('latents'), channels, height: rows, width: columns };
  const decoded = await inTiles(given, { from: latents, to: pixels, overlap }, decode);
  report.compare('decoded.tiling', decoded.data, tensors.values('decoded.tiling'), TOLERANCES.network);
}

/** One half of an autoencoder, which has one input and one output. */
async function network({ sessions }: GoldenEngine, name: string, source: string, build: () => Model) {
  const session = await sessions.get({ key: `${name} ${source}`, network: name, source, bytes: 0, build });
  return async ({ data, channels, height, width }: Planes): Promise<Planes> => {
    const given = { data, shape: [1, channels, height, width] };
    const outputs = await session.run({ [name === 'vae_encoder' ? 'picture' : 'latents']: given });
    const [result] = Object.values(outputs);
    const [, c, h, w] = result!.shape as [number, number, number, number];
    return { data: result!.data, channels: c, height: h, width: w };
  };
}

/** Means and logarithms of variances. */
function moments({ data }: Planes): [Float32Array, Float32Array] {
  return [data.subarray(0, data.length / 2), data.subarray(data.length / 2)];
}
