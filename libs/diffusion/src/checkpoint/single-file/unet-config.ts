import type { JsonObject } from '../json.js';
import type { Shapes } from './shapes.js';

/** What the tensors of a U-Net do not tell of it. */
export interface UnetTraits {
  /** Heads of attention at a level of so many channels. */
  heads(channels: number): number;
  /** Height and width in latents that it was trained for. */
  sampleSize: number;
}

/** The `config.json` of a U-Net, from the shapes of its tensors by our names. Throws CheckpointError. */
export function unetConfig(shapes: Shapes, { heads, sampleSize }: UnetTraits): JsonObject {
  const { config, depths } = encoderConfig(shapes, heads);
  const up = depths.map((_, level) => depthsOf(shapes, `up_blocks.${level}`, config.layers_per_block + 1));
  const mirrored = up.every((above, i) => above === null || isSame(shorten(above), shorten(depths.at(-1 - i)!)));
  const condition = 'time_embedding.cond_proj.weight';
  return {
    _class_name: 'UNet2DConditionModel',
    sample_size: sampleSize,
    ...config,
    out_channels: shapes.size('conv_out.weight', 0),
    up_block_types: up.map((above) => (above ? 'CrossAttnUpBlock2D' : 'UpBlock2D')),
    reverse_transformer_layers_per_block: mirrored ? null : up.map(shorten),
    time_cond_proj_dim: shapes.has(condition) ? shapes.size(condition, 1) : null,
  };
}

/** How many heads the published U-Nets of Stable Diffusion 1 have at every level, the others by their channels. */
export const eightHeads = () => 8;
export const headsOf64 = (channels: number) => channels / 64;
/** Width of the texts that Stable Diffusion 1 is told. */
const SD1_CONTEXT = 768;

/** The `config.json` of a ControlNet, likewise. */
export function controlNetConfig(shapes: Shapes): JsonObject {
  const context = shapes.find('attn2.to_k.weight');
  const heads = context && shapes.size(context, 1) === SD1_CONTEXT ? eightHeads : headsOf64;
  const hint = 'controlnet_cond_embedding';
  // Of each two convolutions in between the second one widens.
  const widening = range(shapes.count(`${hint}.blocks`)).filter((i) => i % 2 === 1);
  return {
    _class_name: 'ControlNetModel',
    ...encoderConfig(shapes, heads).config,
    conditioning_channels: shapes.size(`${hint}.conv_in.weight`, 1),
    conditioning_embedding_out_channels: [
      shapes.size(`${hint}.conv_in.weight`, 0),
      ...widening.map((i) => shapes.size(`${hint}.blocks.${i}.weight`, 0)),
    ],
  };
}

/** Depths of the transformers of a level, layer by layer; null where it has none. */
type Depths = readonly number[] | null;

/** What a U-Net and a ControlNet have in common, and the depths on the way down. */
function encoderConfig(shapes: Shapes, heads: UnetTraits['heads']) {
  const layers = shapes.count('down_blocks.0.resnets');
  const levels = range(shapes.count('down_blocks'));
  const channels = levels.map((level) => shapes.size(`down_blocks.${level}.resnets.0.conv1.weight`, 0));
  const depths = levels.map((level) => depthsOf(shapes, `down_blocks.${level}`, layers));
  const middle = middleDepth(shapes);
  const context = shapes.find('attn2.to_k.weight');
  const config = {
    in_channels: shapes.size('conv_in.weight', 1),
    block_out_channels: channels,
    layers_per_block: layers,
    down_block_types: depths.map((depth) => (depth ? 'CrossAttnDownBlock2D' : 'DownBlock2D')),
    mid_block_type: middle === null ? null : middle === 0 ? 'UNetMidBlock2D' : 'UNetMidBlock2DCrossAttn',
    // That of the coarsest level is the middle's too, even where the level itself has no attention.
    transformer_layers_per_block: [...depths.slice(0, -1).map(shorten), shorten(depths.at(-1) ?? [middle || 1])],
    attention_head_dim: channels.map(heads),
    cross_attention_dim: context ? shapes.size(context, 1) : 1280,
    use_linear_projection: shapes.rank(shapes.find('.proj_in.weight') ?? '') === 2,
    ...addedConfig(shapes),
  };
  return { config, depths };
}

function addedConfig(shapes: Shapes): JsonObject {
  const first = 'add_embedding.linear_1.weight';
  if (!shapes.has(first)) return { addition_embed_type: null };
  return {
    addition_embed_type: 'text_time',
    addition_time_embed_dim: 256,
    projection_class_embeddings_input_dim: shapes.size(first, 1),
  };
}

/** Depth of the transformer in the middle: 0 where there is a residual block alone, null where there is nothing. */
function middleDepth(shapes: Shapes): number | null {
  if (!shapes.has('mid_block.resnets.0.conv1.weight')) return null;
  return shapes.count('mid_block.attentions.0.transformer_blocks');
}

function depthsOf(shapes: Shapes, block: string, layers: number): Depths {
  const depths = range(layers).map((i) => shapes.count(`${block}.attentions.${i}.transformer_blocks`));
  return depths.some((depth) => depth > 0) ? depths : null;
}

/** One number where all layers are equally deep; 1, which then means nothing, where there are none. */
function shorten(depths: Depths): number | readonly number[] {
  if (depths === null) return 1;
  return depths.every((depth) => depth === depths[0]) ? depths[0]! : depths;
}

function isSame(above: number | readonly number[], below: number | readonly number[]): boolean {
  return typeof above === 'number' && above === below;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
