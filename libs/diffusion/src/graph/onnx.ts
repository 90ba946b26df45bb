import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as OnnxType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.js';
import type { Attribute, DataType, Dimension, FileSlice } from './graph.js';

export interface Node {
  operator: string;
  domain?: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

/** An input or output. */
export interface Value {
  name: string;
  type: DataType;
  dimensions: readonly Dimension[];
}

/** A tensor that is there before the graph runs: in a file, or in the model itself. */
export interface Initializer {
  name: string;
  type: DataType;
  shape: readonly number[];
  slice?: FileSlice;
  data?: Uint8Array;
}

interface GraphParts {
  nodes: readonly Node[];
  initializers: readonly Initializer[];
  inputs: readonly Value[];
  outputs: readonly Value[];
}

const IR_VERSION = 10n;
/** Version of ONNX's operators: the last whose Conv every provider of the runtime has. */
const OPERATORS = { domain: '', version: 21n };
/** The runtime's own operators. */
const CONTRIB_OPERATORS = { domain: 'com.microsoft', version: 1n };

const ONNX_TYPES: Record<DataType, OnnxType> = {
  F32: OnnxType.FLOAT,
  F16: OnnxType.FLOAT16,
  BF16: OnnxType.BFLOAT16,
  I64: OnnxType.INT64,
  I32: OnnxType.INT32,
  U8: OnnxType.UINT8,
  BOOL: OnnxType.BOOL,
};

/** ONNX's number for an element type. */
export function onnxType(type: DataType): number {
  return ONNX_TYPES[type];
}

/** Serializes a graph. */
export function encodeModel({ nodes, initializers, inputs, outputs }: GraphParts): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'atelier',
    opsetImport: [OPERATORS, CONTRIB_OPERATORS],
    graph: {
      name: 'network',
      node: nodes.map(({ operator, domain, name, inputs, outputs, attributes }) => ({
        opType: operator,
        domain,
        name,
        input: inputs,
        output: outputs,
        attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
      })),
      initializer: initializers.map(tensorProto),
      input: inputs.map(valueProto),
      output: outputs.map(valueProto),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function attributeProto(name: string, value: Attribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
}

function tensorProto({ name, type, shape, slice, data }: Initializer): MessageInitShape<typeof TensorProtoSchema> {
  const tensor = { name, dataType: onnxType(type), dims: shape.map(BigInt) };
  if (!slice) return { ...tensor, rawData: data };
  const { path, offset, byteLength } = slice;
  return {
    ...tensor,
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: path },
      { key: 'offset', value: String(offset) },
      { key: 'length', value: String(byteLength) },
    ],
  };
}

function valueProto({ name, type, dimensions }: Value): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dimensions.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }));
  return { name, type: { value: { case: 'tensorType', value: { elemType: onnxType(type), shape: { dim } } } } };
}
