/** Bytes of an element, by the names that safetensors files use. */
export const ELEMENT_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type ElementType = keyof typeof ELEMENT_BYTES;

export function isElementType(name: unknown): name is ElementType {
  return typeof name === 'string' && Object.hasOwn(ELEMENT_BYTES, name);
}

/** Whether the numbers behind a type can be read: those of 8-bit floats cannot. */
export function isDecodable(type: ElementType): boolean {
  return !type.startsWith('F8_');
}

/** The numbers behind little-endian bytes; integers of 64 bits as numbers. Throws RangeError for the 8-bit floats. */
export function decodeElements(type: ElementType, bytes: Uint8Array): ArrayLike<number> {
  // A copy, since the typed arrays below want an aligned offset.
  const { buffer } = new Uint8Array(bytes);
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return new Float64Array(buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), float16Value);
    case 'BF16':
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    case 'I64':
      return Array.from(new BigInt64Array(buffer), Number);
    case 'U64':
      return Array.from(new BigUint64Array(buffer), Number);
    case 'I32':
      return new Int32Array(buffer);
    case 'U32':
      return new Uint32Array(buffer);
    case 'I16':
      return new Int16Array(buffer);
    case 'U16':
      return new Uint16Array(buffer);
    case 'I8':
      return new Int8Array(buffer);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer);
    default:
      throw new RangeError(`Elements of type ${type} cannot be read as numbers.`);
  }
}

/** The value of the 16 bits of an IEEE half-precision number. */
function float16Value(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
