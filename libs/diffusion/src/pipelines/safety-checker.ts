import { networkFolder } from '../checkpoint/checkpoint.js';
import type { Raster } from '../image/raster.js';
import { readSafetyCheckerConfig, safetyChecker } from '../networks/safety-checker.js';
import type { Target } from '../networks/weights.js';
import type { SessionCache } from '../runtime/session-cache.js';
import { EngineError } from '../runtime/engine-error.js';
import { nameCulprit } from './name-culprit.js';
import { memoryOf, openNetwork } from './open-network.js';
import { checkerInput, judge, type Verdict } from './safety.js';

/** Judges a picture. */
export type SafetyChecker = (picture: Raster) => Promise<Verdict>;

/** Opens a safety checker, which is loaded when it is first needed. Throws CheckpointError. */
export async function openSafetyChecker(path: string, sessions: SessionCache, target: Target): Promise<SafetyChecker> {
  const { config, weights } = await openNetwork(networkFolder(path), readSafetyCheckerConfig);
  const wanted = {
    key: `safety_checker\n${weights.identity}`,
    ...{ network: 'safety_checker', source: path, bytes: memoryOf(weights, target) },
    build: () => safetyChecker(config, weights, { target }),
  };
  return async (picture) => {
    const session = await sessions.get(wanted);
    const { concepts, special } = await session.run({ picture: checkerInput(picture, config.vision.pictureSize) });
    // What is no number is above no threshold: it would let every picture pass.
    if (![...concepts!.data, ...special!.data].every(Number.isFinite)) {
      const error = new EngineError('corrupt_output', 'the safety checker gave numbers that are no score (not finite)');
      throw await nameCulprit(error, () => Promise.resolve(weights.tensors.values()));
    }
    return judge({ concepts: concepts!.data, special: special!.data });
  };
}
