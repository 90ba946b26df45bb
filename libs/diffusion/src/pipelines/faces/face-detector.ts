/** Finds the faces of a finished picture: a network of `networks/` is run, what it says is read in `found-faces.ts`. */
import { faceDetectorFile } from '../../checkpoint/adapter-file.js';
import { openWeightFile } from '../../checkpoint/weight-files.js';
import type { Raster } from '../../image/raster.js';
import { resize } from '../../image/resize.js';
import { readRetinaFaceConfig, retinaFace, retinaFaceWeights } from '../../networks/retina-face.js';
import type { Target } from '../../networks/weights.js';
import type { SessionCache } from '../../runtime/session-cache.js';
import { memoryOf } from '../open-network.js';
import { foundFaces, type FoundFace } from './found-faces.js';

/** The faces of a picture, the likeliest first. */
export type FaceDetector = (picture: Raster) => Promise<FoundFace[]>;

/** Means of colours, red, green and blue, that the detector is told less of. */
const MEANS = [123, 117, 104] as const;
/** How likely a face must be: what GFPGAN's own program asks for. */
const LEAST_SCORE = 0.97;
/** Larger pictures are looked at in this size: a face that is too small to be found so need not be restored. */
const LARGEST_SIDE = 1280;

/** Its numbers in half precision are held to nothing yet. */
const IN_FLOAT32 = { precision: 'F32' } as const;

/** Opens a detector of faces: a `.safetensors` file, or a folder that holds one. Throws CheckpointError. */
export async function openFaceDetector(path: string, sessions: SessionCache, target: Target): Promise<FaceDetector> {
  const weights = retinaFaceWeights(await openWeightFile(await faceDetectorFile(path)));
  const config = readRetinaFaceConfig(weights);
  return async (picture) => {
    const network = await sessions.get({
      key: `face-detector\n${weights.identity}`,
      network: 'face_detector',
      source: path,
      bytes: memoryOf(weights, IN_FLOAT32),
      build: () => retinaFace(config, weights, { target: { ...target, ...IN_FLOAT32 } }),
    });
    const shrunk = Math.min(LARGEST_SIDE / Math.max(picture.width, picture.height), 1);
    const [width, height] = [picture.width, picture.height].map((side) => Math.max(Math.round(side * shrunk), 1));
    const shown = shrunk < 1 ? resize(picture, width!, height!, 'lanczos') : picture;
    const input = { data: toDetector(shown), shape: [1, MEANS.length, shown.height, shown.width] };
    const faces = foundFaces(await network.run({ picture: input }), shown.width, shown.height, LEAST_SCORE);
    return faces.map(({ score, box, points }) => ({
      score,
      box: box.map((side) => side / shrunk) as unknown as FoundFace['box'],
      points: points.map(([x, y]) => [x / shrunk, y / shrunk] as const),
    }));
  };
}

/** A picture as the detector was shown them: blue before green before red, [3, height, width]. */
export function toDetector({ width, height, pixels }: Raster): Float32Array {
  const planes = new Float32Array(pixels.length);
  for (const [c, mean] of MEANS.entries()) {
    const plane = (MEANS.length - 1 - c) * width * height;
    for (let i = 0; i < width * height; i++) planes[plane + i] = pixels[MEANS.length * i + c]! - mean;
  }
  return planes;
}
