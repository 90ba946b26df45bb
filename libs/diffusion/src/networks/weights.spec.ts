import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import type { ElementType } from '../checkpoint/element-type.js';
import type { TensorLocation } from '../checkpoint/weight-files.js';
import { ModelProtoSchema } from '../graph/generated/onnx_pb.js';
import { Graph } from '../graph/graph.js';
import { Weights, type WeightChanges } from './weights.js';

const at = (shape: number[], type: ElementType = 'F16'): TensorLocation => ({
  path: '/m.safetensors',
  type,
  shape,
  offset: 0,
  byteLength: 0,
});

function weights(tensors: Record<string, TensorLocation>, changes?: WeightChanges) {
  const set = { source: 'm.safetensors', identity: '', tensors: new Map(Object.entries(tensors)) };
  return new Weights(new Graph(), set, { provider: 'cpu', precision: 'F32' }, changes);
}

const nodesOf = ({ graph }: Weights) =>
  fromBinary(ModelProtoSchema, graph.toModel().bytes).graph!.node.map(({ opType }) => opType);

test('takes a convolution of one pixel for a linear layer', () => {
  const set = weights({ 'to_q.weight': at([8, 4, 1, 1]) });
  expect(set.tensor('to_q.weight', [8, 4]).type).toBe('F32');
  expect(nodesOf(set)).toEqual(['Cast']);
});

test('turns a matrix around that lies transposed in its file', () => {
  const set = weights({ 'text_projection.weight': { ...at([8, 4], 'F32'), transposed: true } });
  set.tensor('text_projection.weight', [8, 4]);
  expect(nodesOf(set)).toEqual(['Transpose', 'Reshape']);
});

test.each([
  [{}, 'm.safetensors lacks the tensor "to_q.weight" [8, 4].'],
  [{ 'to_q.weight': at([4, 8]) }, 'm.safetensors has "to_q.weight" in shape [4, 8], expected [8, 4].'],
  [{ 'to_q.weight': at([8, 4], 'I64') }, 'holds "to_q.weight" in I64; weights may be in F32, F16, BF16.'],
])('refuses weights that do not fit', (tensors, message) => {
  expect(() => weights(tensors as Record<string, TensorLocation>).tensor('to_q.weight', [8, 4])).toThrow(message);
});

test('refuses tensors that nothing asked for', () => {
  const set = weights({ 'a.weight': at([1]), 'b.weight': at([1]), 'c.weight': at([1]), 'encoder.weight': at([1]) });
  set.tensor('a.weight', [1]);
  expect(() => set.checkAllUsed((name) => name.startsWith('encoder.'))).toThrow(
    'm.safetensors holds a tensor "b.weight" and 1 more, which its configuration does not speak of.',
  );
});

test('folds low-rank changes, one after the other', () => {
  const change = { down: at([2, 4, 3, 3]), up: at([8, 2, 1, 1]), scale: 0.5 };
  const set = weights({ 'conv1.weight': at([8, 4, 3, 3]) }, new Map([['conv1', [change, change]]]));
  set.tensor('conv1.weight', [8, 4, 3, 3], { module: 'conv1' });
  expect(nodesOf(set).filter((type) => type !== 'Cast')).toEqual(['Gemm', 'Gemm', 'Reshape']);
});

test('refuses a low-rank change of another shape', () => {
  const change = { down: at([2, 5]), up: at([8, 2]), scale: 1 };
  const set = weights({ 'fc.weight': at([8, 4]) }, new Map([['fc', [change]]]));
  expect(() => set.tensor('fc.weight', [8, 4], { module: 'fc' })).toThrow(
    'changes "fc.weight" [8, 4] by [8, 2] times [2, 5], which does not fit.',
  );
});
