import { channelsOf, type Raster } from './raster.js';

/** Tangent of 22.5 degrees in fixed point: gradients are sorted into horizontal, vertical and two diagonals. */
const SHIFT = 15;
const TANGENT = Math.floor((Math.SQRT2 - 1) * 2 ** SHIFT + 0.5);

/** Gradient of a raster: of each pixel the channel where it is largest. */
interface Gradient {
  dx: Int16Array;
  dy: Int16Array;
  /** |dx| + |dy|, with a border of zeros around it. */
  magnitude: Int32Array;
}

/**
 * Canny's edges (Canny 1986) as OpenCV finds them with a Sobel kernel of 3 and the sum of magnitudes: 255 on an edge, 0
 * elsewhere. Gradients above `high` begin an edge, those above `low` continue it.
 */
export function canny(raster: Raster, low: number, high: number): Raster {
  const { width, height } = raster;
  const gradient = sobel(raster);
  const thinned = suppressNonMaxima(gradient, width, height, Math.floor(low), Math.floor(high));
  return { width, height, pixels: followEdges(thinned, width, height) };
}

function sobel(raster: Raster): Gradient {
  const { width, height, pixels } = raster;
  const channels = channelsOf(raster);
  const stride = width + 2;
  const dx = new Int16Array(width * height);
  const dy = new Int16Array(width * height);
  const magnitude = new Int32Array(stride * (height + 2));
  for (let y = 0; y < height; y++) {
    const above = Math.max(y - 1, 0) * width;
    const here = y * width;
    const below = Math.min(y + 1, height - 1) * width;
    for (let x = 0; x < width; x++) {
      const left = Math.max(x - 1, 0);
      const right = Math.min(x + 1, width - 1);
      let largest = -1;
      for (let c = 0; c < channels; c++) {
        const nw = pixels[(above + left) * channels + c]!;
        const ne = pixels[(above + right) * channels + c]!;
        const sw = pixels[(below + left) * channels + c]!;
        const se = pixels[(below + right) * channels + c]!;
        const acrossHere = pixels[(here + right) * channels + c]! - pixels[(here + left) * channels + c]!;
        const downHere = pixels[(below + x) * channels + c]! - pixels[(above + x) * channels + c]!;
        const gx = ne - nw + 2 * acrossHere + se - sw;
        const gy = sw - nw + 2 * downHere + se - ne;
        const size = Math.abs(gx) + Math.abs(gy);
        if (size <= largest) continue;
        largest = size;
        dx[here + x] = gx;
        dy[here + x] = gy;
      }
      magnitude[(y + 1) * stride + x + 1] = largest;
    }
  }
  return { dx, dy, magnitude };
}

const NONE = 0;
const WEAK = 1;
const STRONG = 2;

/** Keeps the pixels whose gradient is largest across the edge, and tells strong from weak ones. */
function suppressNonMaxima({ dx, dy, magnitude }: Gradient, width: number, height: number, low: number, high: number) {
  const stride = width + 2;
  const kept = new Uint8Array(width * height);
  for (let i = 0; i < kept.length; i++) {
    const at = (Math.floor(i / width) + 1) * stride + (i % width) + 1;
    const size = magnitude[at]!;
    if (size <= low) continue;
    const [gx, gy] = [dx[i]!, dy[i]!];
    const x = Math.abs(gx) * TANGENT;
    const y = Math.abs(gy) * 2 ** SHIFT;
    let isRidge: boolean;
    if (y < x) {
      isRidge = size > magnitude[at - 1]! && size >= magnitude[at + 1]!;
    } else if (y > x + Math.abs(gx) * 2 ** (SHIFT + 1)) {
      isRidge = size > magnitude[at - stride]! && size >= magnitude[at + stride]!;
    } else {
      const slant = (gx ^ gy) < 0 ? -1 : 1;
      isRidge = size > magnitude[at - stride - slant]! && size > magnitude[at + stride + slant]!;
    }
    if (isRidge) kept[i] = size > high ? STRONG : WEAK;
  }
  return kept;
}

/** Draws the strong pixels and all weak ones that are connected to them. */
function followEdges(kept: Uint8Array, width: number, height: number): Uint8Array {
  const edges = new Uint8Array(kept.length);
  const open: number[] = [];
  const draw = (i: number) => {
    if (kept[i] === NONE || edges[i]) return;
    edges[i] = 255;
    open.push(i);
  };
  kept.forEach((state, i) => {
    if (state === STRONG) draw(i);
  });
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
      for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) draw(row * width + column);
    }
  }
  return edges;
}
