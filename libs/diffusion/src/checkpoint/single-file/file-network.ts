import type { NetworkSource } from '../network-source.js';
import type { JsonObject } from '../json.js';
import type { SafetensorsFile } from '../safetensors.js';
import type { TensorLocation } from '../weight-files.js';
import type { SingleFileSettings } from './settings.js';
import { Shapes } from './shapes.js';

/** A network that is a part of a file, or the whole of it. */
export interface FileNetwork {
  /** Tells the part from others in the same file. */
  name: string;
  /** Its tensors under our names. */
  tensors: ReadonlyMap<string, TensorLocation>;
  /** Tells from the shapes of its tensors what its `config.json` would say. */
  configure(shapes: Shapes): JsonObject;
}

/** Lets a part of a file look like a folder with a network. */
export function networkOf(
  { path, identity }: SafetensorsFile,
  { name, tensors, configure }: FileNetwork,
  { config }: SingleFileSettings,
): NetworkSource {
  return {
    path,
    readConfig: async () => ({ ...configure(new Shapes(tensors, path)), ...config?.[name] }),
    openWeights: async () => ({ source: path, identity: `${identity} ${name}`, tensors }),
  };
}
