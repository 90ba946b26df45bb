import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSchedulerConfig, type SchedulerConfig } from '../samplers/scheduler-config.js';
import { CheckpointError } from './checkpoint-error.js';
import { readJsonObject, readText, type JsonObject } from './json.js';
import { networkFolder, type NetworkSource } from './network-source.js';
import { openSingleFile } from './single-file/open-single-file.js';

export { networkFolder, type NetworkSource };

/** A part of a checkpoint: a network, a tokenizer or the scheduler. */
export interface Component extends NetworkSource {
  /** Its class in diffusers or transformers. */
  readonly className: string;
  /** Of a tokenizer: the token that it fills texts up with, where its folder does not say. */
  readonly padToken?: string;
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

/** Opens a checkpoint, a pipeline folder or a single file, without reading weights. Throws CheckpointError. */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ? openSingleFile(path) : openFolder(path);
}

async function openFolder(path: string): Promise<Checkpoint> {
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
  if (!component) throw new CheckpointError(`${path} has no ${name}.`);
  return component;
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
