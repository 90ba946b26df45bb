import { CheckpointError } from '../checkpoint-error.js';
import { ByteReader } from './byte-reader.js';
import { BadCall, GLOBALS, loadStorage } from './globals.js';
import { OPCODES } from './opcodes.js';
import { Global, INERT, ParameterDict, type PickleValue, type Storage } from './values.js';

/**
 * What one pickle may take at most. The largest checkpoints need some 10 kB, 2,000 containers and 100,000 instructions
 * a thousand tensors.
 */
const LIMITS = { containers: 1_000_000, instructions: 16_000_000, marks: 10_000, storages: 100_000 };

/** A value, and what it takes to read on. */
export interface Unpickled {
  value: PickleValue;
  /** The storages that it refers to, by their keys. */
  storages: ReadonlyMap<PickleValue, Storage>;
  /** Where the pickle ends. */
  end: number;
}

/** Unpickles one value. Throws CheckpointError. */
export function unpickle(bytes: Uint8Array, source: string): Unpickled {
  const machine = new Unpickler(new ByteReader(bytes, source), source);
  const value = machine.run();
  return { value, storages: machine.storages, end: machine.reader.position };
}

/**
 * Python's pickle machine, without the power to run anything: names that are not on the list of `globals.ts` are
 * refused, those on it stand for data. After PEP 307, PEP 3154, and the comments of CPython's `pickletools`.
 */
export class Unpickler {
  readonly memo = new Map<number, PickleValue>();
  readonly storages = new Map<PickleValue, Storage>();
  private readonly stack: PickleValue[] = [];
  /** Heights of the stack at the marks on it. */
  private readonly marks: number[] = [];
  private containers = 0;
  private result: { value: PickleValue } | undefined;

  constructor(
    readonly reader: ByteReader,
    private readonly source: string,
  ) {}

  run(): PickleValue {
    for (let count = 0; !this.result; count++) {
      if (count > LIMITS.instructions) throw this.error(`has more than ${LIMITS.instructions} instructions`);
      const code = this.reader.u8();
      const execute = OPCODES.get(code);
      if (!execute) throw this.error(`is no pickle of torch: it has the instruction 0x${code.toString(16)}`);
      execute(this);
    }
    return this.result.value;
  }

  error(what: string): CheckpointError {
    return new CheckpointError(`${this.source} ${what}.`);
  }

  push(value: PickleValue): void {
    const isContainer = Array.isArray(value) || value instanceof Map;
    if (isContainer && ++this.containers > LIMITS.containers) {
      throw this.error(`has more than ${LIMITS.containers} lists, tuples and dictionaries`);
    }
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.length > (this.marks.at(-1) ?? 0) ? this.stack.pop() : undefined;
    if (value === undefined) throw this.error('is damaged: it takes a value that is not there');
    return value;
  }

  top(): PickleValue {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  mark(): void {
    if (this.marks.push(this.stack.length) > LIMITS.marks) throw this.error('is nested too deeply');
  }

  /** Everything above the last mark. */
  popToMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.error('is damaged: it takes values that are not there');
    return this.stack.splice(mark);
  }

  stop(): void {
    this.result = { value: this.pop() };
  }

  remembered(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.error('is damaged: it refers to a value that is not there');
    this.stack.push(value);
  }

  appendTo(list: PickleValue, values: readonly PickleValue[]): void {
    if (!Array.isArray(list)) throw this.error('is damaged: it appends to what is no list');
    for (const value of values) list.push(value);
  }

  setIn(dictionary: PickleValue, pairs: readonly PickleValue[]): void {
    if (!(dictionary instanceof Map)) throw this.error('is damaged: it sets an item of what is no dictionary');
    for (let i = 0; i + 1 < pairs.length; i += 2) dictionary.set(pairs[i]!, pairs[i + 1]!);
  }

  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string')
      throw this.error('is damaged: it has a name that is none');
    const full = `${module}.${name}`;
    const known = GLOBALS.get(full);
    if (!known)
      throw this.error(`asks for ${JSON.stringify(full.slice(0, 200))}, which is no part of weights, so it is refused`);
    this.stack.push(known);
  }

  call(callable: PickleValue, args: PickleValue): void {
    if (!(callable instanceof Global) || !callable.call || !Array.isArray(args)) {
      throw this.error(`is damaged: it calls ${callable instanceof Global ? callable.name : 'what is no name'}`);
    }
    this.push(this.checked(() => callable.call!(args)));
  }

  /** Gives a value its state; of what is known here only torch's dictionary of parameters has one that counts. */
  build(target: PickleValue, state: PickleValue): void {
    if (target === INERT) return;
    if (!(target instanceof Map)) throw this.error('is damaged: it gives a state to what has none');
    const parameters = state instanceof Map ? state.get('_parameters') : undefined;
    if (!(target instanceof ParameterDict && parameters instanceof Map)) return;
    for (const [name, parameter] of parameters) target.set(name, parameter);
  }

  storage(id: PickleValue): void {
    const storage = this.checked(() => loadStorage(id));
    if (this.storages.set(storage.key, storage).size > LIMITS.storages) {
      throw this.error(`has more than ${LIMITS.storages} storages`);
    }
    this.stack.push(storage);
  }

  private checked<T>(make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (error instanceof BadCall) throw this.error(`is damaged: it has ${error.message}`);
      throw error;
    }
  }
}
