import { CheckpointError } from '../checkpoint-error.js';
import type { JsonObject } from '../json.js';
import type { TensorLocation } from '../weight-files.js';
import { openClipPlaces } from './open-clip-places.js';
import { rename, tensorsBelow } from './places.js';
import type { Shapes } from './shapes.js';

/** A published CLIP text encoder; its tensors tell everything else. */
export interface ClipEncoder {
  className: 'CLIPTextModel' | 'CLIPTextModelWithProjection';
  activation: 'quick_gelu' | 'gelu';
  /** What its tokenizer fills texts up with. */
  padToken: string;
  /** Layers that are used where the file has more. */
  layers: number;
}

/** Channels of a head, in each of the published encoders. */
const HEAD_WIDTH = 64;
/** Words of the tokenizer that the published encoders share. */
const CLIP_WORDS = 49408;

/** The text encoders of Stable Diffusion 1, 2 and XL. */
export const CLIP_ENCODERS = {
  /** OpenAI's ViT-L/14. */
  l: { className: 'CLIPTextModel', activation: 'quick_gelu', padToken: '<|endoftext|>', layers: 12 },
  /** OpenCLIP's ViT-H/14; SD 2 was trained on its last layer but one. */
  h: { className: 'CLIPTextModel', activation: 'gelu', padToken: '!', layers: 23 },
  /** OpenCLIP's ViT-bigG/14. */
  g: { className: 'CLIPTextModelWithProjection', activation: 'gelu', padToken: '!', layers: 32 },
} as const satisfies Record<string, ClipEncoder>;

/**
 * The tensors of a file's text encoder under our names, without those that it does not use; none where the file has no
 * text encoder.
 *
 * @param prefixes what the file may put in front of their names; one that ends in `.model.` tells OpenCLIP's form
 */
export function textEncoderTensors(
  tensors: ReadonlyMap<string, TensorLocation>,
  prefixes: readonly string[],
  encoder: ClipEncoder,
): Map<string, TensorLocation> {
  for (const prefix of prefixes) {
    const own = tensorsBelow(tensors, prefix);
    if (own.size === 0) continue;
    const renamed = prefix.endsWith('.model.') ? rename(own, openClipPlaces(encoder.layers)) : own;
    return new Map([...renamed].filter(([name]) => isUsed(name, encoder)));
  }
  return new Map();
}

/** Buffers, the scale of a comparison with pictures, the projection, and layers at the end are not all used. */
function isUsed(name: string, { className, layers }: ClipEncoder): boolean {
  if (/^(logit_scale|attn_mask)$|position_ids$/.test(name)) return false;
  if (name === 'text_projection' || name === 'text_projection.weight') return className !== 'CLIPTextModel';
  const layer = /(?:resblocks|layers)\.(\d+)\./.exec(name)?.[1];
  return layer === undefined || Number(layer) < layers;
}

/** The `config.json` of a text encoder, from the shapes of its tensors. Throws CheckpointError. */
export function textEncoderConfig(shapes: Shapes, { className, activation }: ClipEncoder): JsonObject {
  const root = shapes.find('embeddings.token_embedding.weight')?.startsWith('text_model.') ? 'text_model.' : '';
  const words = `${root}embeddings.token_embedding.weight`;
  const projection = 'text_projection.weight';
  const config = {
    architectures: [className],
    vocab_size: shapes.size(words, 0),
    hidden_size: shapes.size(words, 1),
    max_position_embeddings: shapes.size(`${root}embeddings.position_embedding.weight`, 0),
    intermediate_size: shapes.size(`${root}encoder.layers.0.mlp.fc1.weight`, 0),
    num_hidden_layers: shapes.count(`${root}encoder.layers`),
    num_attention_heads: shapes.size(words, 1) / HEAD_WIDTH,
    hidden_act: activation,
    // The published configurations have this wrong id, which stands for the largest id in a text.
    eos_token_id: 2,
    ...(shapes.has(projection) ? { projection_dim: shapes.size(projection, 0) } : {}),
  };
  if (config.vocab_size !== CLIP_WORDS) {
    throw new CheckpointError(
      `${shapes.source} has a text encoder of ${config.vocab_size} words and no tokenizer; CLIP's own has ${CLIP_WORDS} words.`,
    );
  }
  return config;
}
