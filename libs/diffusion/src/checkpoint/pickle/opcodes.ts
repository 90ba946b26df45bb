/** The instructions of Python's pickles, protocols 2 to 5; those of torch's files, without the ones for classes. */
import type { PickleValue } from './values.js';
import type { Unpickler } from './unpickler.js';

type Execute = (machine: Unpickler) => void;

const INSTRUCTIONS: Record<string, Execute> = {
  // The pickle itself: protocol, frame, end.
  '\x80': (m) => void m.reader.u8(),
  '\x95': (m) => void m.reader.u64(),
  '.': (m) => m.stop(),

  // Single values.
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  J: (m) => m.push(m.reader.i32()),
  K: (m) => m.push(m.reader.u8()),
  M: (m) => m.push(m.reader.u16()),
  '\x8a': (m) => m.push(long(m, m.reader.u8())),
  '\x8b': (m) => m.push(long(m, m.reader.u32())),
  G: (m) => m.push(m.reader.f64()),
  X: (m) => m.push(m.reader.text(m.reader.u32())),
  '\x8c': (m) => m.push(m.reader.text(m.reader.u8())),
  '\x8d': (m) => m.push(m.reader.text(m.reader.u64())),
  // Texts of Python 2.
  T: (m) => m.push(m.reader.text(m.reader.u32(), 'latin1')),
  U: (m) => m.push(m.reader.text(m.reader.u8(), 'latin1')),
  B: (m) => m.push(m.reader.bytes(m.reader.u32())),
  C: (m) => m.push(m.reader.bytes(m.reader.u8())),
  '\x8e': (m) => m.push(m.reader.bytes(m.reader.u64())),

  // Lists, tuples, sets, dictionaries.
  '(': (m) => m.mark(),
  ']': (m) => m.push([]),
  a: (m) => {
    const value = m.pop();
    m.appendTo(m.top(), [value]);
  },
  e: (m) => {
    const values = m.popToMark();
    m.appendTo(m.top(), values);
  },
  l: (m) => m.push(m.popToMark()),
  ')': (m) => m.push([]),
  t: (m) => m.push(m.popToMark()),
  '\x85': (m) => m.push(last(m, 1)),
  '\x86': (m) => m.push(last(m, 2)),
  '\x87': (m) => m.push(last(m, 3)),
  '\x8f': (m) => m.push([]),
  '\x90': (m) => {
    const values = m.popToMark();
    m.appendTo(m.top(), values);
  },
  '\x91': (m) => m.push(m.popToMark()),
  '}': (m) => m.push(new Map()),
  d: (m) => {
    const pairs = m.popToMark();
    m.push(new Map());
    m.setIn(m.top(), pairs);
  },
  s: (m) => {
    const pair = last(m, 2);
    m.setIn(m.top(), pair);
  },
  u: (m) => {
    const pairs = m.popToMark();
    m.setIn(m.top(), pairs);
  },

  // The stack and the memo.
  '0': (m) => void m.pop(),
  '1': (m) => void m.popToMark(),
  '2': (m) => m.push(m.top()),
  h: (m) => m.remembered(m.reader.u8()),
  j: (m) => m.remembered(m.reader.u32()),
  q: (m) => void m.memo.set(m.reader.u8(), m.top()),
  r: (m) => void m.memo.set(m.reader.u32(), m.top()),
  '\x94': (m) => void m.memo.set(m.memo.size, m.top()),

  // Names, calls and states.
  c: (m) => m.global(m.reader.line(), m.reader.line()),
  '\x93': (m) => {
    const [module, name] = last(m, 2);
    m.global(module!, name!);
  },
  R: (m) => {
    const [callable, args] = last(m, 2);
    m.call(callable!, args!);
  },
  '\x81': (m) => {
    const [type, args] = last(m, 2);
    m.call(type!, args!);
  },
  b: (m) => {
    const state = m.pop();
    m.build(m.top(), state);
  },
  Q: (m) => m.storage(m.pop()),
};

export const OPCODES: ReadonlyMap<number, Execute> = new Map(
  Object.entries(INSTRUCTIONS).map(([code, execute]) => [code.charCodeAt(0), execute]),
);

/** The last values of the stack, in their order. */
function last(machine: Unpickler, count: number): PickleValue[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

/** Longest number that torch writes: its magic number has 10 bytes. */
const MOST_BYTES = 16;

/** A whole number of any length, in two's complement with the lowest byte first. */
function long(machine: Unpickler, count: number): number | bigint {
  if (count > MOST_BYTES) throw machine.error(`has a number of ${count} bytes`);
  const bytes = machine.reader.bytes(count);
  const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const signed = BigInt.asIntN(8 * count, value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}
