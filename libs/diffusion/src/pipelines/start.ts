import { fit, type FitMode } from '../image/fit.js';
import type { Raster } from '../image/raster.js';
import { toSignedTensor } from '../image/tensor.js';
import { combine } from '../tensor/vector.js';
import { joined } from './noise.js';
import type { RunContext } from './run.js';

/** A picture that a run begins from, [3, height, width] with values from -1 to 1. */
export interface SourcePicture {
  values: Float32Array;
  width: number;
  height: number;
}

/** What a run begins from. */
export interface Start {
  /** The picture, where there is one. */
  readonly picture?: SourcePicture;
  begin(context: RunContext): Promise<Beginning>;
}

/** How a run begins; all are [pictures, channels, h, w]. */
export interface Beginning {
  /** The latents of the first step. */
  latents: Float32Array;
  /** The latents under the noise, where they are known. */
  clean?: Float32Array;
  noise?: Float32Array;
}

/** A picture as a VAE takes it, brought to a size. */
export function toSource(picture: Raster, width: number, height: number, mode: FitMode = 'crop'): SourcePicture {
  return { values: toSignedTensor(fit(picture, width, height, mode)), width, height };
}

/** Begins from noise alone. */
export const fromNoise: Start = {
  async begin({ run, shape, sampler }) {
    const noise = run.noise(shape);
    return { latents: combine([sampler.initNoiseSigma, noise]), noise };
  },
};

/** Begins from a picture with noise: Meng et al. 2021, arXiv:2108.01073. */
export function fromPicture(picture: SourcePicture): Start {
  return {
    picture,
    async begin({ run, pictures, shape, sampler, first, encode }) {
      const clean = repeatedTo(await encode(picture), pictures, sizeOf(shape));
      const noise = run.noise(shape);
      return { latents: sampler.addNoise(clean, noise, first), clean, noise };
    },
  };
}

/** Goes on with what another run left, [pictures, channels, h, w]: it has the noise of its last step. */
export function fromLatents(latents: Float32Array): Start {
  return { begin: async ({ pictures, shape }) => ({ latents: repeatedTo(latents, pictures, sizeOf(shape)) }) };
}

/** Goes on with what another run left of a picture of which something is kept, which has no noise there. */
export function fromKeptLatents(latents: Float32Array): Start {
  return {
    async begin({ run, pictures, shape }) {
      const left = repeatedTo(latents, pictures, sizeOf(shape));
      return { latents: left, clean: left, noise: run.noise(shape) };
    },
  };
}

/**
 * Begins from a picture of which something is kept: from noise alone at full strength, but knowing what lies under it.
 */
export function fromKeptPicture(picture: SourcePicture, strength: number): Start {
  return {
    picture,
    async begin({ run, pictures, shape, sampler, first, encode }) {
      const clean = repeatedTo(await encode(picture), pictures, sizeOf(shape));
      const noise = run.noise(shape);
      const latents = strength === 1 ? combine([sampler.initNoiseSigma, noise]) : sampler.addNoise(clean, noise, first);
      return { latents, clean, noise };
    },
  };
}

/** Planes of `size` values again and again until there are those of all pictures: one picture's may be given for all. */
export function repeatedTo(planes: Float32Array, pictures: number, size: number): Float32Array {
  return joined(new Array<Float32Array>((pictures * size) / planes.length).fill(planes));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
