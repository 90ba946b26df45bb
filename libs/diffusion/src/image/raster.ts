/** Samples of 8 bits, row by row, the channels of a pixel together: three for RGB, one for a mask. */
export interface Raster {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** The number of channels of a pixel. */
export function channelsOf({ width, height, pixels }: Raster): number {
  return pixels.length / (width * height);
}

/** Luma of RGB by ITU-R 601-2, in the fixed point of Pillow; a raster of one channel stays as it is. */
export function toGray(raster: Raster): Raster {
  if (channelsOf(raster) === 1) return raster;
  const { width, height, pixels: rgb } = raster;
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = (rgb[3 * i]! * 19595 + rgb[3 * i + 1]! * 38470 + rgb[3 * i + 2]! * 7471 + 0x8000) >> 16;
  }
  return { width, height, pixels };
}

/** A raster in colour: the one channel of a gray one three times. */
export function toRgb(raster: Raster): Raster {
  if (channelsOf(raster) === 3) return raster;
  const { width, height, pixels: gray } = raster;
  return { width, height, pixels: new Uint8Array(3 * gray.length).map((_, i) => gray[Math.floor(i / 3)]!) };
}

/** The part of a raster from (left, top) on; what lies outside of it is black. */
export function crop(raster: Raster, left: number, top: number, width: number, height: number): Raster {
  const channels = channelsOf(raster);
  const part = { width, height, pixels: new Uint8Array(width * height * channels) };
  paste(part, raster, -left, -top);
  return part;
}

/** Copies `source` into `target` with its corner at (left, top); what would lie outside is left out. */
export function paste(target: Raster, source: Raster, left: number, top: number): void {
  const channels = channelsOf(target);
  const from = Math.max(-left, 0);
  const to = Math.min(target.width - left, source.width);
  if (to <= from) return;
  for (let y = Math.max(-top, 0); y < Math.min(target.height - top, source.height); y++) {
    const row = source.pixels.subarray((y * source.width + from) * channels, (y * source.width + to) * channels);
    target.pixels.set(row, ((y + top) * target.width + left + from) * channels);
  }
}
