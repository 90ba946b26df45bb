/** Values [channels, height, width]. */
export interface Planes {
  data: Float32Array;
  channels: number;
  height: number;
  width: number;
}

/** How what is too large for a network is cut. */
export interface Tiling {
  /** Side of the square tiles that the network is given, and of what it makes of them. */
  from: number;
  to: number;
  /** Share of a tile that its neighbours have as well. */
  overlap: number;
}

/**
 * Runs a network on tiles that overlap, and blends what it gives from each tile into the next: up from the one above, then
 * from the one to the left. Memory is that of one tile, and of two rows of results.
 *
 * The result differs from that of a run on the whole: each tile is normalized, and attends, by itself.
 *
 * @param tiling whose `overlap` gives whole numbers of both sides
 */
export async function inTiles(
  whole: Planes,
  { from, to, overlap }: Tiling,
  run: (tile: Planes) => Promise<Planes>,
): Promise<Planes> {
  const step = Math.floor(from * (1 - overlap));
  const blended = Math.floor(to * overlap);
  const kept = to - blended;
  let result: Planes | undefined;
  let above: Planes[] = [];
  for (let top = 0; top < whole.height; top += step) {
    const row: Planes[] = [];
    for (let left = 0; left < whole.width; left += step) {
      const tile = await run(cut(whole, top, left, from, from));
      const [up, before] = [above[row.length], row.at(-1)];
      if (up) blend(up, tile, blended, 'down');
      if (before) blend(before, tile, blended, 'right');
      result ??= emptyPlanes(tile.channels, (whole.height * to) / from, (whole.width * to) / from);
      place(result, tile, (top / step) * kept, (left / step) * kept, kept);
      row.push(tile);
    }
    above = row;
  }
  return result!;
}

function emptyPlanes(channels: number, height: number, width: number): Planes {
  return { data: new Float32Array(channels * height * width), channels, height, width };
}

/** A part of planes, which ends where they do. */
function cut(planes: Planes, top: number, left: number, height: number, width: number): Planes {
  const part = emptyPlanes(
    planes.channels,
    Math.min(height, planes.height - top),
    Math.min(width, planes.width - left),
  );
  for (let row = 0; row < part.channels * part.height; row++) {
    const [channel, y] = [Math.floor(row / part.height), row % part.height];
    const start = (channel * planes.height + top + y) * planes.width + left;
    part.data.set(planes.data.subarray(start, start + part.width), row * part.width);
  }
  return part;
}

/** Puts the first rows and columns of a tile into planes. */
function place(planes: Planes, tile: Planes, top: number, left: number, size: number): void {
  const width = Math.min(size, tile.width);
  for (let channel = 0; channel < tile.channels; channel++) {
    for (let y = 0; y < Math.min(size, tile.height); y++) {
      const start = (channel * tile.height + y) * tile.width;
      const at = (channel * planes.height + top + y) * planes.width + left;
      planes.data.set(tile.data.subarray(start, start + width), at);
    }
  }
}

/** Lets the first rows or columns of a tile begin as the last ones of the tile before it end. */
function blend(before: Planes, tile: Planes, most: number, direction: 'down' | 'right'): void {
  const side = direction === 'down' ? 'height' : 'width';
  const extent = Math.min(before[side], tile[side], most);
  const [height, width] = direction === 'down' ? [extent, tile.width] : [tile.height, extent];
  const [skippedRows, skippedColumns] = direction === 'down' ? [before.height - extent, 0] : [0, before.width - extent];
  for (let channel = 0; channel < tile.channels; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const share = (direction === 'down' ? y : x) / extent;
        const at = (channel * tile.height + y) * tile.width + x;
        const source = (channel * before.height + skippedRows + y) * before.width + skippedColumns + x;
        tile.data[at] = before.data[source]! * (1 - share) + tile.data[at]! * share;
      }
    }
  }
}
