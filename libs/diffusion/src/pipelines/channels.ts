import { joined } from './noise.js';

/** The channels of several [pictures, C, h, w], of each picture one behind the other: [pictures, all C, h, w]. */
export function besideEachOther(all: readonly Float32Array[], pictures: number): Float32Array {
  if (all.length === 1) return all[0]!;
  const ofPicture = (i: number) =>
    all.map((own) => own.subarray((i * own.length) / pictures, ((i + 1) * own.length) / pictures));
  return joined(Array.from({ length: pictures }, (_, i) => ofPicture(i)).flat());
}
