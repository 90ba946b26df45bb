import { fromBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ModelProtoSchema } from './generated/onnx_pb.js';
import { Graph } from './graph.js';
import * as op from './operators.js';

const decode = (graph: Graph) => fromBinary(ModelProtoSchema, graph.toModel().bytes).graph!;
const slice = (path: string) => ({ path, offset: 16, byteLength: 24 });

test('names nodes after their module and keeps weights in their file', () => {
  const graph = new Graph();
  const x = graph.input('x', 'F32', ['M', 3]);
  const weight = graph.weight('fc.weight', 'F16', [2, 3], slice('/models/m.safetensors'));
  const y = graph.within('fc', () => op.linear(x, op.cast(weight, 'F32')));
  graph.output('y', y, ['M', 2]);

  const { node, initializer, input, output } = decode(graph);
  expect(node.map(({ name, opType }) => [name, opType])).toEqual([
    ['fc/Cast', 'Cast'],
    ['fc/Gemm', 'Gemm'],
    ['y', 'Identity'],
  ]);
  expect(node[1]!.input).toEqual(['x', 'fc/Cast']);
  expect(initializer[0]!.externalData.map(({ key, value }) => [key, value])).toEqual([
    ['location', 'models/m.safetensors'],
    ['offset', '16'],
    ['length', '24'],
  ]);
  expect(graph.toModel().weightRoot).toBe('/');
  expect(input[0]!.name).toBe('x');
  expect(output[0]!.name).toBe('y');
});

test('keeps equal constants, casts and shapes once', () => {
  const graph = new Graph();
  const x = graph.input('x', 'F32', ['N', 4, 'H', 'W']);
  for (let i = 0; i < 2; i++) op.cast(op.reshape(x, [op.shapeOf(x, 0, 1), -1, 4]), 'F32');
  op.cast(x, 'F16');
  op.cast(x, 'F16');
  const { node, initializer } = decode(graph);
  expect(node.map(({ opType }) => opType)).toEqual(['Shape', 'Concat', 'Reshape', 'Reshape', 'Cast']);
  expect(initializer).toHaveLength(2);
});

test('tells nodes of one module apart', () => {
  const graph = new Graph();
  const x = graph.input('x', 'F32', [1]);
  const names = graph.within('a', () => [op.add(x, x), op.add(x, x)].map(({ name }) => name));
  expect(names).toEqual(['a/Add', 'a/Add 2']);
});

test('leaves optional outputs out that nothing asks for', () => {
  const graph = new Graph();
  const [x, change, one] = ['x', 'change', 'one'].map((name) => graph.input(name, 'F32', ['M', 4]));
  const { sum, normal } = op.addAndNormalize(x!, change!, one!, one!, 1e-5);
  const [node] = decode(graph).node;
  expect(node!.output).toEqual([normal.name, '', '', sum.name]);
});

test('takes a name for an input or output once', () => {
  const graph = new Graph();
  const x = graph.input('x', 'F32', [1]);
  expect(() => graph.output('x', x, [1])).toThrow('The graph has "x" already.');
});
