import type { JsonObject } from '../checkpoint/json.js';
import type { ClipLayer } from './clip-layer.js';
import { Config } from './config.js';

/** A CLIP text encoder as its configuration describes it, Radford et al. 2021, arXiv:2103.00020. */
export interface ClipTextConfig extends ClipLayer {
  vocabulary: number;
  /** Tokens of a text. */
  length: number;
  layers: number;
  /** Token whose place holds the meaning of the whole text; null where that is the largest id in the text. */
  endToken: number | null;
  /** Width of the projected meaning; null where it is not projected. */
  projectionWidth: number | null;
}

/** The id of the end token in configurations that were written with a wrong one: the largest id is meant. */
const LEGACY_END_TOKEN = 2;

/** A mask of the square of it is made. */
const MAX_LENGTH = 1000;

/** Reads the `config.json` of a CLIPTextModel, with projection or without. Throws CheckpointError. */
export function readClipTextConfig(json: JsonObject, source: string): ClipTextConfig {
  const config = new Config(json, source);
  const width = config.size('hidden_size', 512);
  const endToken = config.number('eos_token_id', LEGACY_END_TOKEN);
  if (!Number.isInteger(endToken)) throw config.error('eos_token_id', 'a whole number');
  const projects = [json.architectures].flat().includes('CLIPTextModelWithProjection');
  return {
    vocabulary: config.size('vocab_size', 49408),
    length: config.size('max_position_embeddings', 77, MAX_LENGTH),
    width,
    innerWidth: config.size('intermediate_size', 2048),
    layers: config.size('num_hidden_layers', 12),
    heads: config.divisor('num_attention_heads', [width], 8),
    activation: config.oneOf('hidden_act', ['quick_gelu', 'gelu']),
    epsilon: config.number('layer_norm_eps', 1e-5),
    endToken: endToken === LEGACY_END_TOKEN ? null : endToken,
    projectionWidth: projects ? config.size('projection_dim', 512) : null,
  };
}
