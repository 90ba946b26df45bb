/**
 * Writes folders of diffusers as one file, with the names of the original code. These follow diffusers' scripts
 * `convert_diffusers_to_original_stable_diffusion.py` and `…_sdxl.py`, not the engine's own tables.
 */
import { roundToFloat16 } from '../../tensor/float16.js';
import { writeSafetensors } from '../import/write-safetensors.js';
import { readTensor } from '../read-tensor.js';
import { openWeights } from '../weight-files.js';

export type FloatType = 'F32' | 'F16' | 'BF16';

export interface Values {
  shape: readonly number[];
  data: ArrayLike<number>;
}

export type Tensors = Map<string, Values>;

/** The tensors of a network in a folder, by their names there. */
export async function readFolder(folder: string): Promise<Tensors> {
  const tensors: Tensors = new Map();
  for (const [name, location] of (await openWeights(folder)).tensors) {
    tensors.set(name, { shape: location.shape, data: await readTensor(location) });
  }
  return tensors;
}

export async function writeFile(
  path: string,
  tensors: Tensors,
  type: FloatType,
  metadata: Record<string, string> = {},
): Promise<void> {
  const sources = [...tensors].map(([name, { shape, data }]) => ({
    ...{ name, type, shape },
    read: () => [encode(data, type)],
  }));
  await writeSafetensors(path, sources, metadata, true);
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** What is left of a number in a type. */
export function rounded(value: number, type: FloatType): number {
  if (type === 'F16') return roundToFloat16(value);
  if (type === 'F32') return value;
  BITS[0] = bfloat16(value) << 16;
  return FLOAT[0]!;
}

function encode(data: ArrayLike<number>, type: FloatType): Uint8Array {
  if (type === 'F32') return new Uint8Array(Float32Array.from(data).buffer);
  return new Uint8Array(Uint16Array.from(data, type === 'F16' ? float16 : bfloat16).buffer);
}

/** Bits of a number in bfloat16, rounded to the nearest, halves to even. */
function bfloat16(value: number): number {
  FLOAT[0] = value;
  const bits = BITS[0]!;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function float16(value: number): number {
  const magnitude = Math.abs(roundToFloat16(value));
  const sign = value < 0 ? 0x8000 : 0;
  if (magnitude < 2 ** -14) return sign | (magnitude / 2 ** -24);
  const exponent = Math.floor(Math.log2(magnitude));
  return sign | ((exponent + 15) << 10) | ((magnitude / 2 ** exponent - 1) * 1024);
}

const RESNET_PARTS: Record<string, string> = {
  norm1: 'in_layers.0',
  conv1: 'in_layers.2',
  norm2: 'out_layers.0',
  conv2: 'out_layers.3',
  time_emb_proj: 'emb_layers.1',
  conv_shortcut: 'skip_connection',
};

const UNET_NAMES: readonly [string, string][] = [
  ['time_embedding.linear_1', 'time_embed.0'],
  ['time_embedding.linear_2', 'time_embed.2'],
  ['add_embedding.linear_1', 'label_emb.0.0'],
  ['add_embedding.linear_2', 'label_emb.0.2'],
  ['conv_in', 'input_blocks.0.0'],
  ['conv_norm_out', 'out.0'],
  ['conv_out', 'out.2'],
  ['mid_block.attentions.0', 'middle_block.1'],
  ['mid_block.resnets.0', 'middle_block.0'],
  ['mid_block.resnets.1', 'middle_block.2'],
  ['controlnet_mid_block', 'middle_block_out.0'],
  ['controlnet_cond_embedding.conv_in', 'input_hint_block.0'],
];

/** A U-Net or a ControlNet. */
export function originalUnet(tensors: Tensors, layers: number): Tensors {
  const hint = [...tensors.keys()].filter((name) => /^controlnet_cond_embedding\.blocks.*weight$/.test(name)).length;
  return renamed(tensors, (name) => {
    const [, own, part] = /^(.*resnets\.\d+)\.(\w+)/.exec(name) ?? [];
    const inner = own && part ? name.replace(`${own}.${part}`, `${own}.${RESNET_PARTS[part]!}`) : name;
    const fixed = UNET_NAMES.find(([theirs]) => inner.startsWith(`${theirs}.`));
    if (fixed) return inner.replace(...fixed);
    return inner
      .replace(/^down_blocks\.(\d+)\.(resnets|attentions)\.(\d+)/, (_, level, kind, i) => {
        return `input_blocks.${(layers + 1) * Number(level) + Number(i) + 1}.${kind === 'resnets' ? 0 : 1}`;
      })
      .replace(/^down_blocks\.(\d+)\.downsamplers\.0\.conv/, (_, level) => {
        return `input_blocks.${(layers + 1) * (Number(level) + 1)}.0.op`;
      })
      .replace(/^up_blocks\.(\d+)\.(resnets|attentions)\.(\d+)/, (_, level, kind, i) => {
        return `output_blocks.${(layers + 1) * Number(level) + Number(i)}.${kind === 'resnets' ? 0 : 1}`;
      })
      .replace(/^up_blocks\.(\d+)\.upsamplers\.0/, (_, level) => {
        const place = tensors.has(`up_blocks.${level}.attentions.0.norm.weight`) ? 2 : 1;
        return `output_blocks.${(layers + 1) * Number(level) + layers}.${place}`;
      })
      .replace(/^controlnet_down_blocks\.(\d+)/, 'zero_convs.$1.0')
      .replace(/^controlnet_cond_embedding\.blocks\.(\d+)/, (_, i) => `input_hint_block.${2 * (Number(i) + 1)}`)
      .replace('controlnet_cond_embedding.conv_out', `input_hint_block.${2 * (hint + 1)}`);
  });
}

/** An autoencoder: its attention is a convolution of one pixel. */
export function originalVae(tensors: Tensors): Tensors {
  const levels = [...tensors.keys()].filter((name) => /^decoder\.up_blocks\.\d\.resnets\.0\.conv1\.weight$/.test(name));
  const names = renamed(tensors, (name) =>
    name
      .replace('conv_shortcut', 'nin_shortcut')
      .replace(/down_blocks\.(\d)\.resnets\.(\d)/, 'down.$1.block.$2')
      .replace(/down_blocks\.(\d)\.downsamplers\.0/, 'down.$1.downsample')
      .replace(/up_blocks\.(\d)\.resnets\.(\d)/, (_, level, i) => `up.${levels.length - 1 - Number(level)}.block.${i}`)
      .replace(/up_blocks\.(\d)\.upsamplers\.0/, (_, level) => `up.${levels.length - 1 - Number(level)}.upsample`)
      .replace(/mid_block\.resnets\.(\d)/, (_, i) => `mid.block_${Number(i) + 1}`)
      .replace('mid_block.attentions.0', 'mid.attn_1')
      .replace('conv_norm_out', 'norm_out')
      .replace('attn_1.group_norm', 'attn_1.norm')
      .replace(/attn_1\.to_([qkv])\./, 'attn_1.$1.')
      .replace('attn_1.to_out.0', 'attn_1.proj_out'),
  );
  for (const [name, { shape, data }] of names) {
    if (/attn_1\.(q|k|v|proj_out)\.weight$/.test(name)) names.set(name, { shape: [...shape.slice(0, 2), 1, 1], data });
  }
  return names;
}

/** A text encoder in OpenCLIP's form. */
export function openClip(tensors: Tensors): Tensors {
  const own = new Map(tensors);
  const projection = own.get('text_projection.weight');
  own.delete('text_projection.weight');
  for (const [query] of tensors) {
    if (!query.includes('q_proj')) continue;
    const parts = ['q_proj', 'k_proj', 'v_proj'].map((part) => query.replace('q_proj', part));
    const values = parts.map((name) => own.get(name)!);
    for (const name of parts) own.delete(name);
    const [first = 0, ...rest] = values[0]!.shape;
    const data = values.flatMap((value) => Array.from(value.data));
    own.set(query.replace('self_attn.q_proj.', 'attn.in_proj_'), { shape: [3 * first, ...rest], data });
  }
  const names = renamed(own, (name) =>
    name
      .replace('text_model.encoder.layers.', 'transformer.resblocks.')
      .replace('text_model.embeddings.position_embedding.weight', 'positional_embedding')
      .replace('text_model.embeddings.token_embedding', 'token_embedding')
      .replace('text_model.final_layer_norm', 'ln_final')
      .replace('layer_norm', 'ln_')
      .replace('mlp.fc1', 'mlp.c_fc')
      .replace('mlp.fc2', 'mlp.c_proj')
      .replace('self_attn.out_proj', 'attn.out_proj'),
  );
  if (projection) {
    const [rows = 0, columns = 0] = projection.shape;
    const data = Array.from(projection.data, (_, i) => projection.data[(i % rows) * columns + Math.floor(i / rows)]!);
    names.set('text_projection', { shape: [columns, rows], data });
  }
  return names;
}

/** The same tensors with something in front of their names. */
export function below(prefix: string, tensors: Tensors): Tensors {
  return renamed(tensors, (name) => prefix + name);
}

function renamed(tensors: Tensors, rename: (name: string) => string): Tensors {
  return new Map([...tensors].map(([name, values]) => [rename(name), values]));
}
