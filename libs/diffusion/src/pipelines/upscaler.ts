import { imageUpscalerFile } from '../checkpoint/adapter-file.js';
import { openWeightFile } from '../checkpoint/weight-files.js';
import type { Raster } from '../image/raster.js';
import { resize } from '../image/resize.js';
import { toUnitTensor } from '../image/tensor.js';
import { readRrdbConfig, rrdb, rrdbWeights, scaleOf } from '../networks/rrdb.js';
import type { Target } from '../networks/weights.js';
import type { SessionCache } from '../runtime/session-cache.js';
import { roundHalfToEven } from '../tensor/rounding.js';
import { memoryOf } from './open-network.js';
import { inTiles, type Planes } from './tiles.js';

/** A network that enlarges pictures. */
export interface Upscaler {
  /** How many times larger a picture gets. */
  scale: number;
  enlarge(picture: Raster, options?: EnlargeOptions): Promise<Raster>;
}

export interface EnlargeOptions {
  /** Whether the picture goes on at its other side, as textures do. @default false */
  seamless?: boolean;
  /** Called between any two tiles: throws to end the run. */
  checkCancelled?: () => void;
}

/** Side of the tiles that a picture is cut into, and what share of it neighbours have as well. */
const TILE = { side: 256, overlap: 1 / 8 };
/** Pixels of the other side that a seamless picture is shown beyond its borders. */
const WRAPPED = 32;

/** Opens an upscaler of the ESRGAN family: a `.safetensors` file, or a folder that holds one. Throws CheckpointError. */
export async function openUpscaler(path: string, sessions: SessionCache, target: Target): Promise<Upscaler> {
  const weights = rrdbWeights(await openWeightFile(await imageUpscalerFile(path)));
  const config = readRrdbConfig(weights);
  const scale = scaleOf(config);
  const session = () =>
    sessions.get({
      key: `upscaler\n${weights.identity}`,
      network: 'upscaler',
      source: path,
      bytes: memoryOf(weights, target),
      build: () => rrdb(config, weights, { target }),
    });
  return {
    scale,
    async enlarge(picture, { seamless = false, checkCancelled } = {}) {
      const network = await session();
      const whole = padded(picture, seamless ? WRAPPED : 0, config.unshuffle);
      const tiling = { from: TILE.side, to: TILE.side * scale, overlap: TILE.overlap };
      const enlarged = await inTiles(planesOf(whole), tiling, async ({ data, height, width, channels }) => {
        checkCancelled?.();
        const { enlarged: values } = await network.run({ picture: { data, shape: [1, channels, height, width] } });
        return { data: values!.data, channels, height: height * scale, width: width * scale };
      });
      const border = (seamless ? WRAPPED : 0) * scale;
      return cut(enlarged, border, border, picture.width * scale, picture.height * scale);
    },
  };
}

/** Enlarges a picture to a size, which a network need not have: what is missing or too much is done by a Lanczos filter. */
export async function enlargeTo(
  picture: Raster,
  [width, height]: readonly [number, number],
  upscaler: Upscaler | undefined,
  options: EnlargeOptions = {},
): Promise<Raster> {
  let larger = picture;
  while (upscaler && upscaler.scale > 1 && (larger.width < width || larger.height < height)) {
    larger = await upscaler.enlarge(larger, options);
  }
  return larger.width === width && larger.height === height ? larger : resize(larger, width, height, 'lanczos');
}

/** Enlarges a picture by a factor: unless given that of the network, or else 2. */
export function upscaled(
  picture: Raster,
  scale: number | undefined,
  upscaler: Upscaler | undefined,
  options: EnlargeOptions,
): Promise<Raster> {
  const factor = scale ?? upscaler?.scale ?? 2;
  const size = [Math.round(picture.width * factor), Math.round(picture.height * factor)] as const;
  return enlargeTo(picture, size, upscaler, options);
}

/** A picture with some of its other side around it, then drawn out to the right and below to multiples of `multiple`. */
function padded(picture: Raster, border: number, multiple: number): Raster {
  const up = (side: number) => Math.ceil((side + 2 * border) / multiple) * multiple;
  const [width, height] = [up(picture.width), up(picture.height)];
  const pixels = new Uint8Array(3 * width * height);
  const source = (at: number, side: number) =>
    border > 0 ? (((at - border) % side) + side) % side : Math.min(at, side - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (source(y, picture.height) * picture.width + source(x, picture.width));
      pixels.set(picture.pixels.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { width, height, pixels };
}

function planesOf(picture: Raster): Planes {
  return { data: toUnitTensor(picture), channels: 3, height: picture.height, width: picture.width };
}

/** A part of planes with values from 0 to 1, as a picture. */
function cut({ data, height, width }: Planes, top: number, left: number, wide: number, high: number): Raster {
  const pixels = new Uint8Array(3 * wide * high);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++) {
        const value = data[(channel * height + top + y) * width + left + x]!;
        pixels[3 * (y * wide + x) + channel] = roundHalfToEven(Math.min(Math.max(value, 0), 1) * 255);
      }
    }
  }
  return { width: wide, height: high, pixels };
}
