import { stat } from 'node:fs/promises';
import { CheckpointError } from './checkpoint-error.js';
import { networkFolder, type NetworkSource } from './network-source.js';
import { openWeightFile, type TensorLocation, type WeightSet } from './weight-files.js';

/** Heads of the published motion modules: their tensors do not tell. */
const HEADS = 8;

/**
 * Opens motion modules: a folder as diffusers saves a MotionAdapter, or one file with the names of the first release
 * (https://github.com/guoyww/AnimateDiff), of any version. Throws CheckpointError.
 */
export async function openMotionAdapter(path: string): Promise<NetworkSource> {
  const status = await stat(path).catch(() => undefined);
  return status?.isFile() ? motionFile(path) : networkFolder(path);
}

function motionFile(path: string): NetworkSource {
  const open = async () => renamed(await openWeightFile(path));
  return { path, openWeights: open, readConfig: async () => configOf(await open()) };
}

/** The tensors of a file by diffusers' names. */
function renamed({ source, identity, tensors }: WeightSet): WeightSet {
  const own = new Map<string, TensorLocation>();
  for (const [name, location] of tensors) {
    if (!name.includes('motion_modules.')) continue;
    // Both attentions have the same table of places.
    if (name.includes('attention_blocks.1.pos_encoder')) continue;
    own.set(diffusersName(name), location);
  }
  if (own.size === 0) throw new CheckpointError(`${source} holds no motion modules.`);
  return { source, identity, tensors: own };
}

function diffusersName(name: string): string {
  return name
    .replace(/^module\./, '')
    .replace('.temporal_transformer', '')
    .replace('.attention_blocks.0.pos_encoder.', '.pos_embed.')
    .replace('.attention_blocks.0', '.attn1')
    .replace('.attention_blocks.1', '.attn2')
    .replace('.norms.0', '.norm1')
    .replace('.norms.1', '.norm2')
    .replace('.ff_norm', '.norm3');
}

/** The configuration that a file's tensors tell. */
function configOf({ source, tensors }: WeightSet): Record<string, unknown> {
  const count = (pattern: (i: number) => string) => {
    let n = 0;
    while (tensors.has(pattern(n))) n++;
    return n;
  };
  const blocks = count((i) => `down_blocks.${i}.motion_modules.0.norm.weight`);
  const places = tensors.get('down_blocks.0.motion_modules.0.transformer_blocks.0.pos_embed.pe');
  if (blocks === 0 || places?.shape.length !== 3) {
    throw new CheckpointError(`${source} holds no motion modules of a kind that the engine knows.`);
  }
  return {
    block_out_channels: Array.from(
      { length: blocks },
      (_, i) => tensors.get(`down_blocks.${i}.motion_modules.0.norm.weight`)!.shape[0],
    ),
    motion_layers_per_block: count((i) => `down_blocks.0.motion_modules.${i}.norm.weight`),
    motion_transformer_layers_per_block: count(
      (i) => `down_blocks.0.motion_modules.0.transformer_blocks.${i}.norm1.weight`,
    ),
    motion_num_attention_heads: HEADS,
    use_motion_mid_block: tensors.has('mid_block.motion_modules.0.norm.weight'),
    motion_max_seq_length: places.shape[1],
  };
}
