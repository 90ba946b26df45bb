import { requireComponent, type Checkpoint } from '../../checkpoint/checkpoint.js';
import { resize } from '../../image/resize.js';
import type { Raster } from '../../image/raster.js';
import { toSignedTensor } from '../../image/tensor.js';
import { InputError } from '../../errors.js';
import { sinusoids } from '../../networks/sinusoids.js';
import { readUnet2dConfig, type Unet2dConfig } from '../../networks/unet2d-config.js';
import { unet2d } from '../../networks/unet2d.js';
import { createSampler } from '../../samplers/registry.js';
import type { SchedulerConfig } from '../../samplers/scheduler-config.js';
import { combine } from '../../tensor/vector.js';
import { besideEachOther } from '../channels.js';
import type { NoiseSource } from '../noise.js';
import { openNetwork, type Network } from '../open-network.js';
import type { PipelineHooks } from '../run.js';
import { walk } from '../walk.js';
import { decodeLatents, openDecoder, session, type PictureDecoder, type Runtime } from './networks.js';

/** A checkpoint that draws small pictures again, larger: Rombach et al. 2022, arXiv:2112.10752, section 4.4. */
export interface SuperResolution {
  unet: Network<Unet2dConfig>;
  decoder: PictureDecoder;
}

export interface SuperResolutionRun {
  /** The small pictures [pictures, 3, height, width] with values from -1 to 1. */
  source: Float32Array;
  height: number;
  width: number;
  scheduler: SchedulerConfig;
  steps: number;
  eta: number;
  /** Draws what a run begins with. */
  noise: NoiseSource;
  /** Draws what steps add: the reference has another generator for them. */
  stepNoise: NoiseSource;
}

/** What a run of either pipeline of the first latent diffusion has beside what is drawn. */
export type WalkingRun = Pick<SuperResolutionRun, 'scheduler' | 'steps' | 'eta' | 'noise' | 'stepNoise'>;

/** Sides of small pictures are multiples of it. */
const MULTIPLE = 32;

/** A small picture as it is drawn again: its sides are cut down to multiples of 32. Throws InputError. */
export function smallPicture(picture: Raster): Pick<SuperResolutionRun, 'source' | 'height' | 'width'> {
  const [width, height] = [picture.width - (picture.width % MULTIPLE), picture.height - (picture.height % MULTIPLE)];
  if (width === 0 || height === 0) {
    throw new InputError(
      `A picture of ${picture.width}x${picture.height} is too small for super-resolution; both sides must have ${MULTIPLE} pixels at least.`,
    );
  }
  return { source: toSignedTensor(resize(picture, width, height, 'lanczos')), height, width };
}

/** Reads the configuration of a checkpoint. Throws CheckpointError. */
export async function openSuperResolution(checkpoint: Checkpoint, runtime: Runtime): Promise<SuperResolution> {
  const [denoiser, decoder] = await Promise.all([
    openNetwork(requireComponent(checkpoint, 'unet'), readUnet2dConfig),
    openDecoder(checkpoint, runtime),
  ]);
  return { unet: denoiser, decoder };
}

/** Draws pictures again, as many times larger as the decoder makes them, values from -1 to 1. Throws EngineError. */
export async function superResolution(
  model: SuperResolution,
  runtime: Runtime,
  { source, height, width, scheduler, steps, eta, noise, stepNoise }: SuperResolutionRun,
  hooks: PipelineHooks,
): Promise<Float32Array[]> {
  const { config, weights } = model.unet;
  const { channels, cosineFirst, frequencyShift } = config.time;
  const shape = [config.outChannels, height, width];
  const pictures = source.length / (3 * height * width);
  const sampler = createSampler(scheduler, steps, { eta, batchSize: pictures });
  const network = await session('unet', model.unet, runtime, () => unet2d(config, weights, runtime));
  const latents = await walk(
    combine([sampler.initNoiseSigma, noise(shape)]),
    {
      sampler,
      noise: () => stepNoise(shape),
      predict: async ({ n, timestep, latents }) => {
        // The small picture is scaled as well, as the reference does.
        const shown = sampler.scaleModelInput(besideEachOther([latents, source], pictures), n);
        hooks.trace?.(`unet.${n}.sample`, shown);
        const time = { data: sinusoids([timestep], channels, { cosineFirst, frequencyShift }), shape: [1, channels] };
        const { out } = await network.run({
          sample: { data: shown, shape: [pictures, config.inChannels, height, width] },
          time,
        });
        hooks.trace?.(`unet.${n}.out`, out!.data);
        return out!.data;
      },
    },
    hooks,
  );
  const drawn = await decodeLatents(model.decoder, latents, [height, width], hooks);
  return drawn.map((picture) => picture.map((value) => Math.min(Math.max(value, -1), 1)));
}
