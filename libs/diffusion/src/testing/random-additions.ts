/** Additions to checkpoints in the sizes of the published ones, with random weights. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gfpgan } from '../networks/gfpgan.js';
import { readMotionConfig } from '../networks/motion-config.js';
import { rrdb } from '../networks/rrdb.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { unet } from '../networks/unet.js';
import { askedTensors, writeWeights } from './random-checkpoint.js';
import { SHAPES } from './shapes.js';

const OPTIONS = { target: { provider: 'cpu', precision: 'F32' } } as const;

/** Motion modules of AnimateDiff, version 2, as diffusers saves them: a folder. */
export async function writeRandomMotion(folder: string): Promise<void> {
  const motion = {
    _class_name: 'MotionAdapter',
    block_out_channels: [320, 640, 1280, 1280],
    motion_layers_per_block: 2,
    motion_num_attention_heads: 8,
    motion_max_seq_length: 32,
    use_motion_mid_block: true,
  };
  const config = readUnetConfig(SHAPES['sd1.5'].networks.unet, 'unet');
  const tensors = askedTensors((weights) => {
    unet(config, weights, { ...OPTIONS, motion: readMotionConfig(motion, 'motion', config) });
  });
  const own = [...tensors].filter(([name]) => name.includes('motion_modules.'));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(motion));
  await writeWeights(join(folder, 'diffusion_pytorch_model.safetensors'), new Map(own), 'F32');
}

/** An upscaler of Real-ESRGAN, four times: a file. */
export async function writeRandomUpscaler(file: string): Promise<void> {
  const config = { pictureChannels: 3, channels: 64, growth: 32, blocks: 23, doublings: 2, unshuffle: 1 };
  await writeWeights(
    file,
    askedTensors((weights) => void rrdb(config, weights, OPTIONS)),
    'F32',
  );
}

/** A restorer of GFPGAN, version 1.4: a file. */
export async function writeRandomFaceRestorer(file: string): Promise<void> {
  const drawn = [512, 512, 512, 512, 512, 256, 128, 64];
  const config = { size: 512, styleWidth: 512, seen: drawn.map((width) => width / 2), drawn, half: true };
  const tensors = askedTensors(
    (weights) => void gfpgan(config, weights, OPTIONS),
    // What StyleGAN2 repeats for each picture of a run has an axis for them.
    (name, shape) => (/modulated_conv\.weight$|constant_input\.weight$/.test(name) ? [1, ...shape] : shape),
  );
  await writeWeights(file, tensors, 'F32');
}
