/** Checkpoints of full size with random weights, as diffusers would save them. */
import { cp, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorLocation, WeightSet } from '../checkpoint/weight-files.js';
import { readClipTextConfig } from '../networks/clip-text-config.js';
import { clipText } from '../networks/clip-text.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { unet } from '../networks/unet.js';
import { readVaeConfig } from '../networks/vae-config.js';
import { vaeDecoder, vaeEncoder } from '../networks/vae.js';
import type { Shape } from './shapes.js';

type NetworkName = keyof Shape['networks'];
type Json = Record<string, unknown>;

const VOCABULARY = join(import.meta.dirname, '../../assets/clip-vocab');
const END = '<|endoftext|>';
const TOKENIZER = {
  tokenizer_class: 'CLIPTokenizer',
  model_max_length: 77,
  bos_token: '<|startoftext|>',
  eos_token: END,
  unk_token: END,
  pad_token: END,
};
const OPTIONS = { target: { provider: 'cpu', precision: 'F32' } } as const;

/** Builds a network's graph, which asks for every tensor that it has. */
const BUILDERS: Record<NetworkName, (config: Json, weights: WeightSet) => void> = {
  unet: (config, weights) => void unet(readUnetConfig(config, 'unet'), weights, OPTIONS),
  vae: (config, weights) => {
    vaeDecoder(readVaeConfig(config, 'vae'), weights, OPTIONS);
    vaeEncoder(readVaeConfig(config, 'vae'), weights, OPTIONS);
  },
  text_encoder: buildText,
  text_encoder_2: buildText,
};

function buildText(config: Json, weights: WeightSet): void {
  clipText(readClipTextConfig(config, 'text encoder'), weights, { ...OPTIONS, skips: [0], normalize: true });
}

const CLASSES: Record<NetworkName, readonly [string, (config: Json) => string, string]> = {
  unet: ['diffusers', () => 'UNet2DConditionModel', 'diffusion_pytorch_model.safetensors'],
  vae: ['diffusers', () => 'AutoencoderKL', 'diffusion_pytorch_model.safetensors'],
  text_encoder: ['transformers', textClass, 'model.safetensors'],
  text_encoder_2: ['transformers', textClass, 'model.safetensors'],
};

function textClass(config: Json): string {
  return String((config.architectures as string[])[0]);
}

/** Writes a checkpoint of a shape to a folder; gives the bytes of its weights. */
export async function writeRandomCheckpoint(folder: string, shape: Shape): Promise<number> {
  const index: Json = { _class_name: shape.pipelineClass, ...shape.settings };
  let bytes = 0;
  for (const [name, config] of Object.entries(shape.networks) as [NetworkName, Json | null][]) {
    if (config === null) continue;
    const [library, className, file] = CLASSES[name];
    index[name] = [library, className(config)];
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'config.json'), JSON.stringify(config));
    bytes += await writeWeights(join(folder, name, file), tensorsOf(name, config), shape.type);
    if (!name.startsWith('text')) continue;
    const tokenizer = name.replace('text_encoder', 'tokenizer');
    index[tokenizer] = ['transformers', 'CLIPTokenizer'];
    await cp(VOCABULARY, join(folder, tokenizer), { recursive: true });
    await writeFile(join(folder, tokenizer, 'tokenizer_config.json'), JSON.stringify(TOKENIZER));
  }
  index.scheduler = ['diffusers', shape.scheduler._class_name];
  await mkdir(join(folder, 'scheduler'), { recursive: true });
  await writeFile(join(folder, 'scheduler/scheduler_config.json'), JSON.stringify(shape.scheduler));
  await writeFile(join(folder, 'model_index.json'), JSON.stringify(index));
  return bytes;
}

/** The shapes of the tensors that a network has, by name. */
export function tensorsOf(name: NetworkName, config: Json): Map<string, readonly number[]> {
  return askedTensors(
    (weights) => {
      // The published files of text encoders have this name in front of all others but one.
      if (name.startsWith('text')) {
        weights.missing!('text_model.final_layer_norm.weight', [Number(config.hidden_size)]);
      }
      BUILDERS[name](config, weights);
    },
    (tensor, shape) => diskShape(name, config, tensor, shape),
  );
}

/** The shapes on disk of the tensors that building a network asks for, by name. */
export function askedTensors(
  build: (weights: WeightSet) => void,
  onDisk: (tensor: string, shape: readonly number[]) => readonly number[] = (_, shape) => shape,
): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const tensors = new Map<string, TensorLocation>();
  const missing = (tensor: string, shape: readonly number[]): TensorLocation => {
    shapes.set(tensor, onDisk(tensor, shape));
    const location = { path: '/none', type: 'F32' as const, shape, offset: 0, byteLength: 4 };
    tensors.set(tensor, location);
    return location;
  };
  build({ source: 'random', identity: 'random', tensors, missing });
  return shapes;
}

/** The shape of a tensor on disk: SD 1 projects around its transformers by convolutions of one pixel. */
function diskShape(name: NetworkName, config: Json, tensor: string, shape: readonly number[]): readonly number[] {
  const isProjection = name === 'unet' && /\.attentions\.\d+\.proj_(in|out)\.weight$/.test(tensor);
  return isProjection && config.use_linear_projection !== true ? [...shape, 1, 1] : shape;
}

/** Numbers in the pool that all weights are cut from. */
const POOL = 2 ** 22;
/** Deviation of the weights: networks of the published widths then neither fade out nor overflow. */
const DEVIATION = 0.02;

/** Writes tensors of random numbers as a safetensors file; gives their bytes. */
export async function writeWeights(
  path: string,
  tensors: ReadonlyMap<string, readonly number[]>,
  type: Shape['type'],
): Promise<number> {
  const size = type === 'F32' ? 4 : 2;
  const bytesOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, size);
  let end = 0;
  const header = Object.fromEntries(
    [...tensors].map(([name, shape]) => {
      const begin = end;
      end += bytesOf(shape);
      return [name, { dtype: type, shape, data_offsets: [begin, end] }];
    }),
  );
  const text = Buffer.from(JSON.stringify({ __metadata__: { format: 'pt' }, ...header }));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));

  const random = encode(pool(), type);
  const ones = encode(new Float32Array(8192).fill(1), type);
  const file = await open(path, 'w');
  try {
    await file.write(Buffer.concat([length, padded]));
    let from = 0;
    for (const [name, shape] of tensors) {
      const isScale = /norm[^.]*\.weight$|norm\d*\.weight$/.test(name) && shape.length === 1;
      if (isScale) {
        await file.write(ones, 0, bytesOf(shape));
        continue;
      }
      // Tensors begin at different places of the pool, so that no two are equal.
      for (let left = bytesOf(shape); left > 0;) {
        const part = Math.min(left, random.length - from);
        await file.write(random, from, part);
        left -= part;
        from = from + part === random.length ? 0 : from + part;
      }
    }
  } finally {
    await file.close();
  }
  return end;
}

/** Normal numbers from a seed, the same each time: a linear congruential generator (Knuth) and Box-Muller. */
function pool(): Float32Array {
  let state = 1n;
  const uniform = () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return (Number(state >> 11n) + 1) / 2 ** 53;
  };
  const values = new Float32Array(POOL);
  for (let i = 0; i < POOL; i++) {
    values[i] = DEVIATION * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  }
  return values;
}

function encode(values: Float32Array, type: Shape['type']): Buffer {
  if (type === 'F32') return Buffer.from(values.buffer);
  const halves = new Uint16Array(values.length);
  const [float, bits] = [new Float32Array(1), new Uint32Array(1)];
  const view = new Uint32Array(float.buffer);
  values.forEach((value, i) => {
    // Small numbers lose digits, which is all the same here: sign, exponent with another bias, ten bits of fraction.
    float[0] = value;
    bits[0] = view[0]!;
    const exponent = ((bits[0] >> 23) & 255) - 127 + 15;
    halves[i] = exponent <= 0 ? 0 : ((bits[0] >> 16) & 0x8000) | (exponent << 10) | ((bits[0] >> 13) & 1023);
  });
  return Buffer.from(halves.buffer);
}
