/** The names that a pickle may refer to. Each stands for data; none of them runs anything. */
import type { ElementType } from '../element-type.js';
import { Global, INERT, ParameterDict, PickledTensor, Storage, type PickleValue } from './values.js';

const STORAGES: Record<string, ElementType> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

const DTYPES: Record<string, ElementType> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

const CALLS: Record<string, (args: readonly PickleValue[]) => PickleValue> = {
  'collections.OrderedDict': ([pairs = []]) => dictionary(pairs),
  'torch.nn.modules.container.ParameterDict': () => new ParameterDict(),
  'torch.Size': ([sizes = []]) => sizes,
  'builtins.set': ([values = []]) => values,
  '__builtin__.set': ([values = []]) => values,
  'torch._utils._rebuild_tensor': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => tensor(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v3': ([storage, offset, shape, strides, , , dtype]) =>
    tensor(storage, offset, shape, strides, dtype),
  'torch._utils._rebuild_parameter': ([data]) => data ?? null,
  // What Lightning leaves beside the weights of the first Stable Diffusion checkpoints.
  'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint': () => INERT,
  'numpy.core.multiarray.scalar': () => INERT,
  'numpy._core.multiarray.scalar': () => INERT,
  'numpy.dtype': () => INERT,
  '_codecs.encode': () => INERT,
};

const typed = (types: Record<string, ElementType>): [string, Global][] =>
  Object.entries(types).map(([name, type]) => [`torch.${name}`, new Global(`torch.${name}`, undefined, type)]);

export const GLOBALS: ReadonlyMap<string, Global> = new Map([
  ...typed(STORAGES),
  ...typed(DTYPES),
  ['torch.storage.UntypedStorage', new Global('torch.storage.UntypedStorage')],
  ...Object.entries(CALLS).map(([name, call]): [string, Global] => [name, new Global(name, call)]),
]);

/** As torch has it. */
const MAX_AXES = 64;

/** Thrown where a call's arguments make no sense. */
export class BadCall extends Error {}

function dictionary(pairs: PickleValue): PickleValue {
  const isPair = (pair: PickleValue): pair is [PickleValue, PickleValue] => Array.isArray(pair) && pair.length === 2;
  if (!Array.isArray(pairs) || !pairs.every(isPair)) throw new BadCall('a dictionary of what are no pairs');
  return new Map(pairs);
}

function tensor(
  storage: PickleValue | undefined,
  offset: PickleValue | undefined,
  shape: PickleValue | undefined,
  strides: PickleValue | undefined,
  dtype?: PickleValue,
): PickledTensor {
  if (!(storage instanceof Storage)) throw new BadCall('a tensor without a storage');
  const type = dtype instanceof Global ? dtype.elementType : storage.elementType;
  if (type === undefined) throw new BadCall('a tensor without a type of elements');
  if (!isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length) {
    throw new BadCall('a tensor whose offset, shape or strides are no whole numbers');
  }
  return new PickledTensor(storage, type, offset, shape, strides);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MAX_AXES && value.every(isCount);
}

/** Reads what torch calls a persistent id: a storage and where its elements are. */
export function loadStorage(id: PickleValue): Storage {
  const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
  if (kind !== 'storage' || !(type instanceof Global) || typeof key !== 'string' || !isCount(count)) {
    throw new BadCall('a reference that is no storage');
  }
  if (view !== undefined && view !== null) throw new BadCall('a storage that is a part of another one');
  return new Storage(key, type.elementType, count);
}
