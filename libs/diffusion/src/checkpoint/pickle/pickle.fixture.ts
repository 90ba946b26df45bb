/** Writes pickles and files of `torch.save` as Python does, and as Python would not. */

/** A value that a pickle can be written of; objects become dictionaries. */
export type Picklable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Picklable[]
  | { [name: string]: Picklable }
  | Tuple
  | Name
  | Call
  | Persistent;

export class Tuple {
  constructor(readonly values: readonly Picklable[]) {}
}
/** A name of Python's, such as `os.system`. */
export class Name {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
}
/** A call, perhaps with a state that is given to what comes out of it. */
export class Call {
  constructor(
    readonly callable: Picklable,
    readonly args: readonly Picklable[],
    readonly state?: Picklable,
  ) {}
}
export class Persistent {
  constructor(readonly id: Picklable) {}
}

export const tuple = (...values: Picklable[]) => new Tuple(values);
export const name = (full: string) =>
  new Name(full.slice(0, full.lastIndexOf('.')), full.slice(full.lastIndexOf('.') + 1));
export const call = (full: string, ...args: Picklable[]) => new Call(name(full), args);

/** A pickle of protocol 2. */
export function pickled(value: Picklable): Buffer {
  return Buffer.concat([Buffer.from([0x80, 2]), ...written(value), Buffer.from('.')]);
}

function* written(value: Picklable): Generator<Buffer> {
  if (value === null) yield Buffer.from('N');
  else if (typeof value === 'boolean') yield Buffer.from([value ? 0x88 : 0x89]);
  else if (typeof value === 'bigint') yield long(value);
  else if (typeof value === 'number') yield Number.isInteger(value) ? int(value) : float(value);
  else if (typeof value === 'string') yield text(value);
  else if (value instanceof Tuple) yield* within('(', value.values, 't');
  else if (value instanceof Name) yield Buffer.from(`c${value.module}\n${value.name}\n`);
  else if (value instanceof Persistent) yield* [...written(value.id), Buffer.from('Q')];
  else if (value instanceof Call) {
    yield* [...written(value.callable), ...written(tuple(...value.args)), Buffer.from('R')];
    if (value.state !== undefined) yield* [...written(value.state), Buffer.from('b')];
  } else if (Array.isArray(value)) yield* within('](', value, 'e');
  else yield* within('}(', Object.entries(value).flat(), 'u');
}

function* within(begin: string, values: readonly Picklable[], end: string): Generator<Buffer> {
  yield Buffer.from(begin);
  for (const value of values) yield* written(value);
  yield Buffer.from(end);
}

function int(value: number): Buffer {
  const bytes = Buffer.from('J____');
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.from('G________');
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function long(value: bigint): Buffer {
  const bytes = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 255n));
  return Buffer.from([0x8a, bytes.length + 1, ...bytes, 0]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from('X'), length, bytes]);
}

/** A tensor as torch pickles it. */
export function tensor(key: string, shape: number[], options: TensorOptions = {}): Call {
  const { type = 'FloatStorage', offset = 0, count = product(shape), strides = rowByRow(shape), legacy } = options;
  const id = tuple('storage', name(`torch.${type}`), key, 'cpu', count, ...(legacy ? [null] : []));
  const hooks = call('collections.OrderedDict');
  const view = [new Persistent(id), offset, tuple(...shape), tuple(...strides), false, hooks];
  return call('torch._utils._rebuild_tensor_v2', ...view);
}

interface TensorOptions {
  type?: string;
  offset?: number;
  /** Elements of its storage. */
  count?: number;
  strides?: number[];
  /** Whether it is for a file of the form before torch 1.6. */
  legacy?: boolean;
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function rowByRow(shape: readonly number[]): number[] {
  return shape.map((_, axis) => product(shape.slice(axis + 1)));
}

export const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);

/** A file of `torch.save`, with storages by their keys. */
export function torchFile(value: Picklable, storages: Record<string, Buffer>, byteOrder = 'little'): Buffer {
  return zip({
    'archive/data.pkl': pickled(value),
    'archive/byteorder': Buffer.from(byteOrder),
    ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes])),
    'archive/version': Buffer.from('3\n'),
  });
}

/** The same in the form before torch 1.6; storages of float32 only. */
export function legacyTorchFile(value: Picklable, storages: Record<string, Buffer>, littleEndian = true): Buffer {
  const counted = Object.values(storages).flatMap((bytes) => {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(BigInt(bytes.length / 4));
    return [count, bytes];
  });
  return Buffer.concat([
    pickled(0x1950a86a20f9469cfc6cn),
    pickled(1001),
    pickled({ protocol_version: 1001, little_endian: littleEndian }),
    pickled(value),
    pickled(Object.keys(storages)),
    ...counted,
  ]);
}

/** An archive of stored files, or of files that claim to be compressed. */
export function zip(files: Record<string, Buffer>, method = 0): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, bytes] of Object.entries(files)) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(path), bytes]);
    const behind = Buffer.alloc(14);
    behind.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x00\x00'), fields, behind, Buffer.from(path));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, list, Buffer.from('PK\x05\x06'), end]);
}
