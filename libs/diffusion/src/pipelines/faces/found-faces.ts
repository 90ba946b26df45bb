/** From a detector's numbers to faces, each once. Arithmetic alone: no network is run here. */
import type { Point } from '../../image/similarity.js';
import type { Outputs } from '../../runtime/session.js';

/** A face in a picture, in its pixels. */
export interface FoundFace {
  /** How likely it is one, 0 to 1. */
  score: number;
  /** Left, top, right and bottom. */
  box: readonly [number, number, number, number];
  /** Left and right eye, nose, left and right corner of the mouth, as whoever looks at it sees them. */
  points: readonly Point[];
}

/** Distances of the places where RetinaFace looks for faces, and the sizes that it looks for there, pixels. */
const LEVELS = [
  { distance: 8, sizes: [16, 32] },
  { distance: 16, sizes: [64, 128] },
  { distance: 32, sizes: [256, 512] },
] as const;
/** What distances were divided by in training, and logarithms of sizes. */
const [CENTRE_VARIANCE, SIZE_VARIANCE] = [0.1, 0.2];
/** Share of what two boxes cover together from which they are of one face. */
const SAME_FACE = 0.4;

/** The faces that RetinaFace tells of a picture, the likeliest first. */
export function foundFaces(
  { scores, boxes, points }: Outputs,
  width: number,
  height: number,
  leastScore: number,
): FoundFace[] {
  const likely: FoundFace[] = [];
  for (const [i, [x, y, size]] of placesOf(width, height).entries()) {
    const score = scores!.data[2 * i + 1]!;
    if (!(score > leastScore)) continue;
    const [dx, dy, dw, dh] = boxes!.data.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    const moved = (by: number) => by * CENTRE_VARIANCE * size;
    const [centreX, centreY] = [x + moved(dx), y + moved(dy)];
    const [halfWidth, halfHeight] = [dw, dh].map((log) => (size * Math.exp(log * SIZE_VARIANCE)) / 2) as [
      number,
      number,
    ];
    likely.push({
      score,
      box: [centreX - halfWidth, centreY - halfHeight, centreX + halfWidth, centreY + halfHeight],
      points: Array.from({ length: 5 }, (_, k) => {
        const at = 10 * i + 2 * k;
        return [x + moved(points!.data[at]!), y + moved(points!.data[at + 1]!)] as const;
      }),
    });
  }
  return likely
    .sort((one, other) => other.score - one.score)
    .reduce<FoundFace[]>(
      (kept, face) => (kept.some((better) => shareOf(better.box, face.box) > SAME_FACE) ? kept : [...kept, face]),
      [],
    );
}

/** Centres and sizes of the squares that RetinaFace compares with, pixels, in the order of its outputs. */
function placesOf(width: number, height: number): [x: number, y: number, size: number][] {
  const places: [number, number, number][] = [];
  for (const { distance, sizes } of LEVELS) {
    for (let row = 0; row < Math.ceil(height / distance); row++) {
      for (let column = 0; column < Math.ceil(width / distance); column++) {
        for (const size of sizes) places.push([(column + 0.5) * distance, (row + 0.5) * distance, size]);
      }
    }
  }
  return places;
}

/** What two boxes have in common, as a share of what they cover together. */
function shareOf(one: FoundFace['box'], other: FoundFace['box']): number {
  const area = ([left, top, right, bottom]: FoundFace['box']) => Math.max(right - left, 0) * Math.max(bottom - top, 0);
  const common = area([
    Math.max(one[0], other[0]),
    Math.max(one[1], other[1]),
    Math.min(one[2], other[2]),
    Math.min(one[3], other[3]),
  ]);
  return common / (area(one) + area(other) - common);
}
