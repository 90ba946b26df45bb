import { CheckpointError } from '../checkpoint-error.js';
import { PickledTensor, type PickleValue } from './values.js';

/** What is worth keeping of a pickle. */
export interface PickledModel {
  tensors: ReadonlyMap<string, PickledTensor>;
  /** Numbers and texts beside the tensors, such as the training steps. */
  metadata: Readonly<Record<string, string>>;
}

/** Dictionaries that training tools wrap around the weights; averages go before last values. */
const WRAPPERS = ['state_dict', 'params_ema', 'params'];
/** How deep dictionaries may lie in each other. */
const MAX_DEPTH = 8;
const MAX_VALUES = 1_000_000;
/** Values beside the tensors that say something of them. */
const KEPT = ['epoch', 'global_step', 'name', 'step'];
const MAX_TEXT = 1000;

/**
 * Gathers the tensors of what a pickle holds, with the names of the dictionaries that they lie in; optimizers and the
 * like beside the weights are left out. Throws CheckpointError where there are none.
 *
 * @param source what to call the file in an error
 */
export function collectTensors(root: PickleValue, source: string): PickledModel {
  const wrapped = WRAPPERS.map((name) => (root instanceof Map ? root.get(name) : undefined)).find(
    (value) => value instanceof Map,
  );
  const tensors = new Map<string, PickledTensor>();
  for (const [name, tensor] of tensorsIn(wrapped ?? root, source)) {
    if (tensors.has(name)) throw new CheckpointError(`${source} has two tensors of the name "${name}".`);
    tensors.set(name, tensor);
  }
  if (tensors.size === 0) throw new CheckpointError(`${source} holds no tensors with names.`);
  return { tensors: renameEmbedding(tensors), metadata: metadataOf(root) };
}

function tensorsIn(root: PickleValue, source: string): [string, PickledTensor][] {
  const found: [string, PickledTensor][] = [];
  let visited = 0;
  const visit = (value: PickleValue, names: readonly string[]): void => {
    if (++visited > MAX_VALUES) throw new CheckpointError(`${source} holds more than ${MAX_VALUES} values.`);
    if (value instanceof PickledTensor && names.length > 0) found.push([names.join('.'), value]);
    if (!(value instanceof Map)) return;
    if (names.length >= MAX_DEPTH)
      throw new CheckpointError(`${source} is nested deeper than ${MAX_DEPTH} dictionaries.`);
    for (const [name, inner] of value) {
      if (typeof name === 'string' || typeof name === 'number') visit(inner, [...names, String(name)]);
    }
  };
  visit(root, []);
  return found;
}

const EMBEDDING = 'string_to_param';

/** A textual inversion has a dictionary of one vector, which its safetensors files call `emb_params`. */
function renameEmbedding(tensors: Map<string, PickledTensor>): Map<string, PickledTensor> {
  const vectors = [...tensors].filter(([name]) => name.startsWith(`${EMBEDDING}.`));
  return vectors.length === 1 ? new Map([['emb_params', vectors[0]![1]]]) : tensors;
}

function metadataOf(root: PickleValue): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const name of KEPT) {
    const value = root instanceof Map ? root.get(name) : undefined;
    const isText = typeof value === 'string' && value.length <= MAX_TEXT;
    if (isText || typeof value === 'number') metadata[name] = String(value);
  }
  return metadata;
}
