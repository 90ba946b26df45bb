/** ONNX Runtime, loaded when it is first needed: whoever only talks to engine processes does without its 40 MB. */
export function runtime(): Promise<typeof import('onnxruntime-node')> {
  return import('onnxruntime-node');
}
