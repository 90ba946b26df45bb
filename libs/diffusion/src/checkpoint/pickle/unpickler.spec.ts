import { expect, test } from 'vitest';
import { call, name, Persistent, pickled, tensor, tuple, type Picklable } from './pickle.fixture.js';
import { unpickle } from './unpickler.js';
import { INERT, ParameterDict, PickledTensor } from './values.js';

const read = (value: Picklable) => unpickle(pickled(value), 'm.pt').value;
const readBytes = (...bytes: (string | number[])[]) =>
  unpickle(
    Buffer.concat(bytes.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
    'm.pt',
  ).value;

test('reads values', () => {
  const value = { a: [1, -2.5, true, null, tuple('x', [])], b: { c: 2n ** 70n } };
  expect(read(value)).toEqual(
    new Map<string, unknown>([
      ['a', [1, -2.5, true, null, ['x', []]]],
      ['b', new Map([['c', 2n ** 70n]])],
    ]),
  );
});

test('says where a pickle ends', () => {
  const bytes = Buffer.concat([pickled('a'), pickled('b')]);
  const { end } = unpickle(bytes, 'm.pt');
  expect(unpickle(bytes.subarray(end), 'm.pt').value).toBe('b');
});

test('reads what newer and older protocols write', () => {
  // Protocol 4: a frame, short texts, the memo by itself.
  expect(
    readBytes([0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0], ']', [0x94], '(', [0x8c, 1], 'x', [0x94], 'h', [1], 'e.'),
  ).toEqual(['x', 'x']);
  expect(readBytes([0x8c, 11], 'collections', [0x8c, 11], 'OrderedDict', [0x93], ')R.')).toEqual(new Map());
  expect(readBytes('}', [0x8a, 1, 255], 'K', [7], 's.')).toEqual(new Map([[-1, 7]]));
  // Texts of Python 2, and lists without an opening instruction.
  expect(readBytes('(U', [1], 'a', 'T', [1, 0, 0, 0], 'b', 'l.')).toEqual(['a', 'b']);
});

test('reads tensors as views of storages', () => {
  const found = read(tensor('0', [2, 3], { type: 'HalfStorage', offset: 4, count: 10, strides: [1, 2] }));
  expect(found).toBeInstanceOf(PickledTensor);
  expect(found).toMatchObject({
    type: 'F16',
    offset: 4,
    shape: [2, 3],
    strides: [1, 2],
    storage: { key: '0', count: 10 },
  });
  const id = tuple('storage', name('torch.storage.UntypedStorage'), '0', 'cpu', 8);
  const newer = call(
    'torch._utils._rebuild_tensor_v3',
    new Persistent(id),
    0,
    tuple(4),
    tuple(1),
    false,
    {},
    name('torch.uint16'),
  );
  expect(read(newer)).toMatchObject({ type: 'U16', shape: [4] });
  expect(read(call('torch._utils._rebuild_parameter', 3, true, {}))).toBe(3);
});

test('takes the parameters of a ParameterDict from its state, and no other state', () => {
  const withState = (full: string, ...args: Picklable[]) =>
    read(Object.assign(call(full, ...args), { state: { training: true, _parameters: { '*': 1 } } }));
  expect(withState('torch.nn.modules.container.ParameterDict')).toEqual(new ParameterDict([['*', 1]]));
  expect(withState('collections.OrderedDict', [tuple('a', 1)])).toEqual(new Map([['a', 1]]));
});

test('keeps what training tools leave as a value without meaning', () => {
  const scalar = call('numpy.core.multiarray.scalar', call('numpy.dtype', 'f8', false, true), 'bytes');
  expect(read([scalar])).toEqual([INERT]);
});

test.each([
  ['os.system', ['touch /tmp/x']],
  ['builtins.eval', ['1']],
  ['torch.load', ['x']],
  ['builtins.getattr', [null, 'x']],
  ['collections.__class__', []],
])('refuses %s by its name', (full, args) => {
  const message = `m.pt asks for "${full}", which is no part of weights, so it is refused.`;
  expect(() => read(call(full, ...args))).toThrow(message);
  expect(() => read([name(full)])).toThrow(message);
});

test.each<[string, () => unknown, string]>([
  [
    'an instruction for classes',
    () => readBytes('(ios\nsystem\n.'),
    'is no pickle of torch: it has the instruction 0x69',
  ],
  ['a cut', () => readBytes('X', [9, 0, 0, 0], 'ab'), 'm.pt is damaged or cut off: it ends in the middle of a value.'],
  [
    'an enormous text',
    () => readBytes([0x8d], [255, 255, 255, 255, 255, 255, 255, 255]),
    'ends in the middle of a value',
  ],
  ['an empty stack', () => readBytes('.'), 'it takes a value that is not there'],
  ['a value from below a mark', () => readBytes('K', [1], '(a.'), 'it takes a value that is not there'],
  ['a missing mark', () => readBytes(']e.'), 'it takes values that are not there'],
  ['an empty memo', () => readBytes('h', [3], '.'), 'it refers to a value that is not there'],
  [
    'an item of a number',
    () => readBytes('K', [1], 'K', [2], 'K', [3], 's.'),
    'it sets an item of what is no dictionary',
  ],
  ['an element of a number', () => readBytes('K', [1], 'K', [2], 'a.'), 'it appends to what is no list'],
  ['a call of a number', () => readBytes('K', [1], ')R.'), 'it calls what is no name'],
  ['a call of a type', () => read(call('torch.float32')), 'it calls torch.float32'],
  ['a state of a list', () => readBytes(']}b.'), 'it gives a state to what has none'],
  ['a name that is a list', () => readBytes(']]', [0x93], '.'), 'it has a name that is none'],
  ['a long number', () => readBytes([0x8b, 0, 0, 1, 0]), 'm.pt has a number of 65536 bytes.'],
  [
    'a tensor of nothing',
    () => read(call('torch._utils._rebuild_tensor_v2', 1, 0, tuple(), tuple())),
    'a tensor without a storage',
  ],
  ['a negative size', () => read(tensor('0', [-1], { count: 1 })), 'a tensor whose offset, shape or strides'],
  ['a fractional stride', () => read(tensor('0', [1], { strides: [0.5] })), 'a tensor whose offset, shape or strides'],
  [
    'strides that are too few',
    () => read(tensor('0', [1, 1], { strides: [1] })),
    'a tensor whose offset, shape or strides',
  ],
  ['pairs that are none', () => read(call('collections.OrderedDict', [1])), 'it has a dictionary of what are no pairs'],
  ['a reference to a module', () => read(new Persistent(tuple('module', 1))), 'it has a reference that is no storage'],
])('refuses %s', (_, attempt, message) => {
  expect(attempt).toThrow(message);
});

test('bounds what a pickle may take', () => {
  expect(() => readBytes('('.repeat(20_000))).toThrow('m.pt is nested too deeply.');
  expect(() => readBytes('}'.repeat(1_000_001))).toThrow('m.pt has more than 1000000 lists, tuples and dictionaries.');
  expect(() => readBytes('(' + 'N0'.repeat(8_000_001))).toThrow('m.pt has more than 16000000 instructions.');
});
