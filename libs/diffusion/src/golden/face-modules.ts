import { openWeightFile } from '../checkpoint/weight-files.js';
import { gfpgan, gfpganWeights, readGfpganConfig } from '../networks/gfpgan.js';
import { readRetinaFaceConfig, retinaFace, retinaFaceWeights } from '../networks/retina-face.js';
import { foundFaces } from '../pipelines/faces/found-faces.js';
import { floats, stored } from './module-values.js';
import type { ModuleRunner } from './modules.js';

export const runGfpgan: ModuleRunner = async (path, golden, target, run) => {
  const weights = gfpganWeights(await openWeightFile(path));
  const { restored } = await run(gfpgan(readGfpganConfig(weights), weights, { target }), {
    face: stored(golden, 'in.x'),
  });
  return { sample: restored! };
};

/** The network, and the faces that it tells of: score, box and points of each in a row. */
export const runRetinaFace: ModuleRunner = async (path, golden, target, run) => {
  const weights = retinaFaceWeights(await openWeightFile(path));
  const outputs = await run(retinaFace(readRetinaFaceConfig(weights), weights, { target }), {
    picture: stored(golden, 'in.x'),
  });
  const [, , height = 0, width = 0] = golden.shape('in.x');
  const leastScore = golden.values('in.least_score')[0] ?? 1;
  const faces = foundFaces(outputs, width, height, leastScore);
  const rows = faces.flatMap(({ score, box, points }) => [score, ...box, ...points.flat()]);
  return { ...outputs, faces: floats(Float32Array.from(rows), [faces.length, 15]) };
};
