/** When an autoencoder works tile by tile: by the size of the picture alone. */
import { decoderWorkspace } from './workspace.js';
import type { TinyVaeConfig } from './tiny-vae.js';
import type { VaeConfig } from './vae-config.js';

/** What of an autoencoder's configuration says how it is tiled. */
export type Tiled = Pick<VaeConfig, 'levels' | 'sampleSize'> | TinyVaeConfig;

/** Longest side of a tile in pixels: with SD's autoencoder it takes 1.1 GB to decode. */
const LARGEST_TILE = 512;
/**
 * What an autoencoder may take for a picture as a whole. Tiles change pictures, so that this must not follow the memory of
 * a machine; with SD's autoencoder it is 1536x1024 pixels.
 */
const MOST_AT_ONCE = 7 * 2 ** 30;

/** Whether a picture is encoded and decoded tile by tile, where nobody says. */
export function isTiledBySize(vae: Tiled, height: number, width: number): boolean {
  return decoderWorkspace(vae, height, width) > MOST_AT_ONCE;
}

/** Side of an autoencoder's tiles, pixels. */
export function tileSide(vae: Tiled): number {
  return Math.min('sampleSize' in vae ? vae.sampleSize : LARGEST_TILE, LARGEST_TILE);
}
