import { join } from 'node:path';
import { parseSchedulerConfig, type SchedulerConfig } from '../samplers/scheduler-config.js';
import { CheckpointError } from './checkpoint-error.js';
import { readJsonObject, readText, type JsonObject } from './json.js';
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

/** A part of a checkpoint: a network, a tokenizer or the scheduler. */
export interface Component extends NetworkSource {
  /** Its class in diffusers or transformers. */
  readonly className: string;
}

/** A pipeline as diffusers describes it. */
export interface Checkpoint {
  readonly path: string;
  readonly pipelineClass: string;
  /** `model_index.json`: the parts, and settings such as `force_zeros_for_empty_prompt`. */
  readonly index: JsonObject;
  /** The parts that are there, by their name in the index. */
  readonly components: ReadonlyMap<string, Component>;
  readonly scheduler: SchedulerConfig;
}

export const INDEX_FILE = 'model_index.json';

/** Opens a pipeline folder: reads its index and scheduler configuration, no weights. Throws CheckpointError. */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const index = await readJsonObject(join(path, INDEX_FILE));
  if (!index) throw new CheckpointError(`${path} is no checkpoint: it has no ${INDEX_FILE}.`);
  const pipelineClass = index._class_name;
  if (typeof pipelineClass !== 'string') {
    throw new CheckpointError(`${join(path, INDEX_FILE)} does not name a pipeline class in "_class_name".`);
  }
  const components = readComponents(path, index);
  return { path, pipelineClass, index, components, scheduler: await readScheduler(path) };
}

/** A part that cannot be done without. Throws CheckpointError. */
export function requireComponent({ path, components }: Checkpoint, name: string): Component {
  const component = components.get(name);
  if (!component) throw new CheckpointError(`${join(path, INDEX_FILE)} names no ${name}.`);
  return component;
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

/** The index gives a part as [library, class], and an absent one as [null, null]. */
function readComponents(path: string, index: JsonObject): Map<string, Component> {
  const components = new Map<string, Component>();
  for (const [name, value] of Object.entries(index)) {
    if (!Array.isArray(value) || typeof value[1] !== 'string') continue;
    components.set(name, { className: value[1], ...networkFolder(join(path, name)) });
  }
  return components;
}

async function readScheduler(path: string): Promise<SchedulerConfig> {
  const file = join(path, 'scheduler', 'scheduler_config.json');
  const text = await readText(file);
  if (text === undefined) throw new CheckpointError(`${file} does not exist.`);
  return parseSchedulerConfig(text, file);
}
