import { tileSide } from '../networks/tiles-of-size.js';
import type { DiffusionModel } from './model.js';
import { inTiles, type Planes, type Tiling } from './tiles.js';

/** Share of a tile that its neighbour has as well, as in the reference. */
const OVERLAP = 0.25;
type Autoencoder = Pick<DiffusionModel, 'vaeConfig' | 'vaeDecoder' | 'vaeEncoder' | 'description'>;
/** How an autoencoder is to work: tile by tile, asking between two whether it should go on. */
export interface Manner {
  tiled: boolean;
  checkCancelled?: () => void;
}

/** The picture of latents that are divided by their scale, [3, height, width]. */
export async function decodeLatents(model: Autoencoder, latents: Planes, manner: Manner): Promise<Planes> {
  const pixels = tileSide(model.vaeConfig);
  const { sizeMultiple } = model.description;
  const from = pixels / sizeMultiple;
  return run(latents, manner, { from, to: pixels, overlap: OVERLAP }, async (tile) => {
    const decoder = await model.vaeDecoder(tile.height * sizeMultiple, tile.width * sizeMultiple);
    const { picture } = await decoder.run({ latents: toValues(tile) });
    return picture!;
  });
}

/** What the encoder says of a picture: moments [2 * channels, h, w], that of a small autoencoder latents [channels, h, w]. */
export async function encodePixels(model: Autoencoder, picture: Planes, manner: Manner): Promise<Planes> {
  const pixels = tileSide(model.vaeConfig);
  const to = pixels / model.description.sizeMultiple;
  return run(picture, manner, { from: pixels, to, overlap: OVERLAP }, async (tile) => {
    const encoder = await model.vaeEncoder(tile.height, tile.width);
    const { moments, latents } = await encoder.run({ picture: toValues(tile) });
    return (moments ?? latents)!;
  });
}

async function run(
  whole: Planes,
  { tiled, checkCancelled }: Manner,
  tiling: Tiling,
  network: (tile: Planes) => Promise<{ data: Float32Array; shape: readonly number[] }>,
): Promise<Planes> {
  const onTile = async (tile: Planes): Promise<Planes> => {
    checkCancelled?.();
    const { data, shape } = await network(tile);
    const [, channels, height, width] = shape as [number, number, number, number];
    return { data, channels, height, width };
  };
  const fits = whole.height <= tiling.from && whole.width <= tiling.from;
  return tiled && !fits ? inTiles(whole, tiling, onTile) : onTile(whole);
}

function toValues({ data, channels, height, width }: Planes) {
  return { data, shape: [1, channels, height, width] };
}
