import type { ElementType } from '../element-type.js';

/** What a pickle may hold. Lists, tuples and sets are arrays, dictionaries are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Global
  | Storage
  | PickledTensor
  | typeof INERT;

/** A name of Python's that a pickle refers to, with the data that it stands for here. */
export class Global {
  constructor(
    readonly name: string,
    /** What a call of it gives; absent where it is never called. */
    readonly call?: (args: readonly PickleValue[]) => PickleValue,
    /** The type of elements that it names, as a dtype or as a class of storages. */
    readonly elementType?: ElementType,
  ) {}
}

/** Elements in a file, which several tensors may share. */
export class Storage {
  constructor(
    readonly key: string,
    /** Absent where the tensor says what its elements are. */
    readonly elementType: ElementType | undefined,
    /** Number of elements, or of bytes where they have no type. */
    readonly count: number,
  ) {}
}

/** A tensor as a view of a storage; offset and strides count elements. */
export class PickledTensor {
  constructor(
    readonly storage: Storage,
    readonly type: ElementType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** torch's dictionary of parameters, which gets its contents from its state. */
export class ParameterDict extends Map<PickleValue, PickleValue> {}

/** A value that means nothing here: what training tools leave beside the weights. */
export const INERT = Symbol('inert');
