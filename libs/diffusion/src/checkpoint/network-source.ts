import { join } from 'node:path';
import { CheckpointError } from './checkpoint-error.js';
import { readJsonObject, type JsonObject } from './json.js';
import { openWeights, type WeightSet, type WeightVariant } from './weight-files.js';

/** Where the configuration and the weights of a network come from. */
export interface NetworkSource {
  /** Its folder or file. */
  readonly path: string;
  /** Its configuration as a `config.json` has it. Throws CheckpointError. */
  readConfig(): Promise<JsonObject>;
  /** Where its tensors lie, by diffusers' names. Throws CheckpointError. */
  openWeights(variant?: WeightVariant): Promise<WeightSet>;
}

/** A network in a folder of its own, as diffusers saves it. */
export function networkFolder(path: string): NetworkSource {
  return {
    path,
    async readConfig() {
      const config = await readJsonObject(join(path, 'config.json'));
      if (!config) throw new CheckpointError(`${path} has no config.json.`);
      return config;
    },
    openWeights: (variant) => openWeights(path, variant),
  };
}
