/** The value of a number in IEEE half precision, rounded to the nearest, halves to even. */
export function roundToFloat16(value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude > 0 && magnitude < Infinity)) return value;
  // Spacing of half-precision numbers around the value: 11 significant bits, and 2^-24 below the normal range.
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const spacing = 2 ** (exponent - 10);
  const units = magnitude / spacing;
  const floor = Math.floor(units);
  const rest = units - floor;
  const rounded = (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor) * spacing;
  return Math.sign(value) * (rounded > 65504 ? Infinity : rounded);
}
