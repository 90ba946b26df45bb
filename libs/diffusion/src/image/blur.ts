import { channelsOf, type Raster } from './raster.js';

/** Box blurs in a row that stand for one Gaussian. */
const PASSES = 3;
/** Fraction bits of the weights. */
const PRECISION = 24;

/** Gaussian blur as Pillow approximates it: three box blurs along rows, three along columns, 8 bits between. */
export function gaussianBlur(raster: Raster, radius: number): Raster {
  if (!(radius > 0)) return raster;
  const boxRadius = boxRadiusOf(radius);
  const rows = transpose(blurRows(raster, boxRadius));
  return transpose(blurRows(rows, boxRadius));
}

/** The radius of the boxes: a whole part and how much of one more pixel on each side (Gwosdek et al. 2011). */
function boxRadiusOf(radius: number): number {
  const { fround } = Math;
  const variance = fround(fround(radius * radius) / PASSES);
  const length = fround(Math.sqrt(12 * variance + 1));
  const whole = Math.floor((length - 1) / 2);
  const part = fround((2 * whole + 1) * (whole * (whole + 1) - 3 * variance));
  return fround(whole + fround(part / fround(6 * (variance - (whole + 1) * (whole + 1)))));
}

function blurRows(raster: Raster, radius: number): Raster {
  const { width, height } = raster;
  const channels = channelsOf(raster);
  const pixels = raster.pixels.slice();
  let line = new Uint8Array(width);
  let blurred = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    for (let c = 0; c < channels; c++) {
      const start = y * width * channels + c;
      for (let x = 0; x < width; x++) line[x] = pixels[start + x * channels]!;
      for (let pass = 0; pass < PASSES; pass++) {
        blurLine(line, blurred, radius);
        [line, blurred] = [blurred, line];
      }
      for (let x = 0; x < width; x++) pixels[start + x * channels] = line[x]!;
    }
  }
  return { width, height, pixels };
}

/** One box blur; beyond its ends a line goes on with its last samples. */
function blurLine(line: Uint8Array, blurred: Uint8Array, radius: number): void {
  const whole = Math.trunc(radius);
  const weight = Math.trunc(2 ** PRECISION / Math.fround(radius * 2 + 1));
  const edgeWeight = Math.trunc((2 ** PRECISION - (whole * 2 + 1) * weight) / 2);
  const last = line.length - 1;
  const at = (x: number) => line[x < 0 ? 0 : x > last ? last : x]!;
  let sum = 0;
  for (let x = -whole - 1; x < whole; x++) sum += at(x);
  for (let x = 0; x <= last; x++) {
    sum += at(x + whole) - at(x - whole - 1);
    const edges = at(x - whole - 1) + at(x + whole + 1);
    blurred[x] = Math.floor((sum * weight + edges * edgeWeight + 2 ** (PRECISION - 1)) / 2 ** PRECISION);
  }
}

function transpose(raster: Raster): Raster {
  const { width, height, pixels } = raster;
  const channels = channelsOf(raster);
  const turned = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        turned[(x * height + y) * channels + c] = pixels[(y * width + x) * channels + c]!;
      }
    }
  }
  return { width: height, height: width, pixels: turned };
}
