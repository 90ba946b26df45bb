/** Restores faces of a finished picture: each is turned upright, drawn anew by a network of `networks/`, and laid back. */
import { faceRestorerFile } from '../../checkpoint/adapter-file.js';
import { openWeightFile } from '../../checkpoint/weight-files.js';
import type { Raster } from '../../image/raster.js';
import { resize } from '../../image/resize.js';
import { applied, inverseOf, sampled, similarityOf, transformed, type Point } from '../../image/similarity.js';
import { toSignedTensor } from '../../image/tensor.js';
import { gfpgan, gfpganWeights, readGfpganConfig } from '../../networks/gfpgan.js';
import type { Target } from '../../networks/weights.js';
import type { SessionCache } from '../../runtime/session-cache.js';
import { memoryOf } from '../open-network.js';
import { toPixels } from '../pixels.js';
import type { FacesRequest } from '../types.js';
import { openFaceDetector } from './face-detector.js';
import type { FoundFace } from './found-faces.js';

/** Puts better faces into a picture. */
export interface FaceRestorer {
  /**
   * @param drawn where faces are looked for
   * @param enlarged the same picture, perhaps larger: what they are put into
   */
  restore(drawn: Raster, enlarged: Raster, checkCancelled: () => void): Promise<Raster>;
}

/** Makes another face of an aligned one of `side` pixels. */
export interface FaceNetwork {
  side: number;
  run(face: Raster): Promise<Raster>;
}

/** Eyes, nose and corners of the mouth in the faces of FFHQ, as shares of their side; GFPGAN learned from those. */
const FFHQ: readonly Point[] = (
  [
    [192.98138, 239.94708],
    [318.90277, 240.1936],
    [256.63416, 314.01935],
    [201.26117, 371.41043],
    [313.08905, 371.15118],
  ] as const
).map(([x, y]) => [x / 512, y / 512]);
/** Grey that a face is shown on beyond the picture's border. */
const BEYOND = [132, 133, 135];
const COLOURS = 3;
/** Faces whose eyes are nearer to each other are left as they are, pixels. */
const LEAST_EYE_DISTANCE = 5;
/** Share of its side over which a face goes over into the picture, from its border on. */
const FADE = 0.1;

/** Opens a restorer of faces, and the detector that it is to be told them by. Throws CheckpointError. */
export async function openFaceRestorer(
  { path, detector, visibility = 1 }: FacesRequest,
  sessions: SessionCache,
  target: Target,
): Promise<FaceRestorer> {
  const network = await openGfpgan(path, sessions, target);
  if (detector === undefined) {
    return {
      async restore(drawn, { width, height }) {
        const face = await network.run(resize(drawn, network.side, network.side, 'bicubic'));
        return mixed(resize(drawn, width, height, 'lanczos'), resize(face, width, height, 'lanczos'), visibility);
      },
    };
  }
  const find = await openFaceDetector(detector, sessions, target);
  return {
    async restore(drawn, enlarged, checkCancelled) {
      const faces = (await find(drawn)).filter(hasEyes);
      let result = enlarged;
      for (const { points } of faces) {
        checkCancelled();
        result = await withFace(result, drawn, points, network, visibility);
      }
      return result;
    },
  };
}

/** A picture with the face at these points of `drawn`, which it is an enlargement of, restored. */
export async function withFace(
  picture: Raster,
  drawn: Raster,
  points: readonly Point[],
  { side, run }: FaceNetwork,
  visibility: number,
): Promise<Raster> {
  const aligned = similarityOf(
    points,
    FFHQ.map(([x, y]) => [x * side, y * side]),
  );
  const face = await run(transformed(drawn, aligned, side, side, BEYOND));
  const { a, b, left, top } = inverseOf(aligned);
  const larger = picture.width / drawn.width;
  const placed = { a: a * larger, b: b * larger, left: left * larger, top: top * larger };
  return pasted(picture, face, placed, visibility);
}

/** A picture with a face at a place, the borders of which fade into it. */
function pasted(picture: Raster, face: Raster, place: ReturnType<typeof inverseOf>, visibility: number): Raster {
  const back = inverseOf(place);
  const pixels = picture.pixels.slice();
  const corners = [0, face.width - 1].flatMap((x) => [0, face.height - 1].map((y) => applied(place, [x, y])));
  const range = (axis: 0 | 1, side: number) => {
    const values = corners.map((corner) => corner[axis]);
    return [Math.max(Math.floor(Math.min(...values)), 0), Math.min(Math.ceil(Math.max(...values)), side - 1)] as const;
  };
  const [[left, right], [top, bottom]] = [range(0, picture.width), range(1, picture.height)];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const at = applied(back, [x, y]);
      const share = visibility * shownAt(at[0], face.width) * shownAt(at[1], face.height);
      if (share <= 0) continue;
      for (let c = 0; c < COLOURS; c++) {
        const i = (y * picture.width + x) * COLOURS + c;
        pixels[i] = Math.round(sampled(face, at, c, COLOURS, 0) * share + pixels[i]! * (1 - share));
      }
    }
  }
  return { ...picture, pixels };
}

/** How much of a face shows at a place between its borders, 0 to 1. */
function shownAt(place: number, side: number): number {
  const within = Math.min(place, side - 1 - place) / (side * FADE);
  if (within <= 0) return 0;
  return within >= 1 ? 1 : within * within * (3 - 2 * within);
}

const hasEyes = ({ points: [left, right] }: FoundFace) =>
  Math.hypot(left![0] - right![0], left![1] - right![1]) >= LEAST_EYE_DISTANCE;

function mixed(picture: Raster, other: Raster, share: number): Raster {
  const pixels = picture.pixels.map((value, i) => Math.round(value * (1 - share) + other.pixels[i]! * share));
  return { ...picture, pixels };
}

/** Its numbers in half precision are held to nothing yet. */
const IN_FLOAT32 = { precision: 'F32' } as const;

async function openGfpgan(path: string, sessions: SessionCache, target: Target): Promise<FaceNetwork> {
  const weights = gfpganWeights(await openWeightFile(await faceRestorerFile(path)));
  const config = readGfpganConfig(weights);
  const { size: side } = config;
  return {
    side,
    async run(face) {
      const network = await sessions.get({
        key: `face-restorer\n${weights.identity}`,
        network: 'face_restorer',
        source: path,
        bytes: memoryOf(weights, IN_FLOAT32),
        build: () => gfpgan(config, weights, { target: { ...target, ...IN_FLOAT32 } }),
      });
      const input = { data: toSignedTensor(face), shape: [1, COLOURS, side, side] };
      const { restored } = await network.run({ face: input });
      return { width: side, height: side, pixels: toPixels(restored!.data) };
    },
  };
}
