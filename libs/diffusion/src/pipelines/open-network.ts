import type { NetworkSource } from '../checkpoint/checkpoint.js';
import type { JsonObject } from '../checkpoint/json.js';
import { elementsOf, type WeightSet } from '../checkpoint/weight-files.js';
import type { Target } from '../networks/weights.js';

/** Of a number. */
const BYTES = { F32: 4, F16: 2 } as const;

/** Configuration and weights of a network; the weights are read when it is loaded. */
export interface Network<Config> {
  config: Config;
  weights: WeightSet;
  path: string;
}

/** Reads the configuration of a network, and where its weights lie. Throws CheckpointError. */
export async function openNetwork<Config>(
  source: NetworkSource,
  read: (json: JsonObject, source: string) => Config,
): Promise<Network<Config>> {
  const { path } = source;
  return { config: read(await source.readConfig(), path), weights: await source.openWeights(), path };
}

/** Memory that weights take when they are loaded in the precision of computing, bytes. */
export function memoryOf(weights: WeightSet, { precision }: Pick<Target, 'precision'>): number {
  return BYTES[precision] * elementsOf(weights);
}
