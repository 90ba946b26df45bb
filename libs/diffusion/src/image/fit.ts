import { crop, paste, type Raster } from './raster.js';
import { resize } from './resize.js';

/** How a picture of other proportions is brought to a size. */
export type FitMode = 'stretch' | 'crop' | 'pad';

/**
 * Brings a raster to a size by a Lanczos filter: `stretch` changes its proportions, `crop` fills the size and cuts what
 * is too much on both sides, `pad` fits it in and draws its edges out over the rest.
 */
export function fit(raster: Raster, width: number, height: number, mode: FitMode): Raster {
  if (mode === 'stretch') return resize(raster, width, height, 'lanczos');
  const { left, top, ...size } = placeOf(raster, width, height, mode);
  const inner = resize(raster, size.width, size.height, 'lanczos');
  const whole = crop(inner, -left, -top, width, height);
  if (mode === 'pad') drawOut(whole, inner, left, top);
  return whole;
}

/**
 * A mask, white where the mode `pad` draws edges out around a raster; undefined where the raster fills the size.
 */
export function paddedBorder(raster: Raster, width: number, height: number): Raster | undefined {
  const { left, top, ...inner } = placeOf(raster, width, height, 'pad');
  if (inner.width >= width && inner.height >= height) return undefined;
  const mask = { width, height, pixels: new Uint8Array(width * height).fill(255) };
  paste(mask, { ...inner, pixels: new Uint8Array(inner.width * inner.height) }, left, top);
  return mask;
}

/** Where a raster comes to lie that is scaled to fill a size, or to fit into it. */
function placeOf(raster: Raster, width: number, height: number, mode: 'crop' | 'pad') {
  const isWider = raster.width / raster.height > width / height;
  const fillsWidth = mode === 'crop' ? !isWider : isWider;
  const innerWidth = fillsWidth ? width : scaledSide(raster.width, height, raster.height);
  const innerHeight = fillsWidth ? scaledSide(raster.height, width, raster.width) : height;
  return {
    left: half(width) - half(innerWidth),
    top: half(height) - half(innerHeight),
    width: innerWidth,
    height: innerHeight,
  };
}

/** Stretches the first and last row, or column, of `inner` over what is free beside it. */
function drawOut(whole: Raster, inner: Raster, left: number, top: number): void {
  const { width, height } = inner;
  const right = whole.width - left - width;
  const bottom = whole.height - top - height;
  const edge = (w: number, h: number, x: number, y: number, box: readonly [number, number, number, number]) => {
    if (w < 1 || h < 1) return;
    const [l, t, r, b] = box;
    paste(whole, resize(inner, w, h, 'bicubic', { left: l, top: t, right: r, bottom: b }), x, y);
  };
  edge(width, top, 0, 0, [0, 0, width, 0]);
  edge(width, bottom, 0, top + height, [0, height, width, height]);
  edge(left, height, 0, 0, [0, 0, 0, height]);
  edge(right, height, left + width, 0, [width, 0, width, height]);
}

/** A side scaled with another, at least one pixel. */
function scaledSide(side: number, to: number, from: number): number {
  return Math.max(Math.floor((side * to) / from), 1);
}

const half = (side: number) => Math.floor(side / 2);
