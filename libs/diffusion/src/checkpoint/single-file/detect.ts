import { CheckpointError } from '../checkpoint-error.js';
import type { SafetensorsFile } from '../safetensors.js';
import { isAdapter } from './adapter-places.js';
import type { KindName } from './kinds.js';
import { CONTROLNET_PREFIX, UNET_PREFIX } from './unet-places.js';
import { VAE_PREFIXES } from './vae-places.js';

/** What a file holds as a whole. */
export type SingleFileContent = 'checkpoint' | 'vae' | 'controlnet' | 't2i-adapter';

/** Says what a file of model tensors holds; undefined where it is none of the kinds that the engine knows. */
export function contentOf(tensors: { has(name: string): boolean }): SingleFileContent | undefined {
  const hasOneOf = (prefixes: readonly string[], ...names: string[]) =>
    ['', ...prefixes].some((prefix) => names.some((name) => tensors.has(prefix + name)));
  if (tensors.has(`${UNET_PREFIX}input_blocks.0.0.weight`)) return 'checkpoint';
  if (hasOneOf([CONTROLNET_PREFIX], 'input_hint_block.0.weight', 'controlnet_cond_embedding.conv_in.weight')) {
    return 'controlnet';
  }
  if (isAdapter(tensors)) return 't2i-adapter';
  return hasOneOf(VAE_PREFIXES, 'decoder.mid.block_1.conv1.weight', 'decoder.mid_block.resnets.0.conv1.weight')
    ? 'vae'
    : undefined;
}

/** Marks of checkpoints that the engine does not know, and whose they are. */
const FOREIGN: Record<string, string> = {
  [`${UNET_PREFIX}label_emb.weight`]: 'an upscaler with noise levels as classes',
  'cond_stage_model.embedding.weight': 'of class-conditional latent diffusion, which draws one of a list of things',
  edm_mean: 'of Playground 2.5, which asks for the EDM sampler',
  [`${UNET_PREFIX}joint_blocks.0.x_block.attn.qkv.weight`]: 'of Stable Diffusion 3',
  [`${UNET_PREFIX}double_blocks.0.img_attn.qkv.weight`]: 'of FLUX',
};

/** Both read tokens with the same network, one of texts and the other of boxes; BERT knows this many words. */
const BERT_WORDS = 30_522;
const LAYOUTS = 'of layout-conditional latent diffusion, which draws things in boxes';

/**
 * Tells a checkpoint's kind by its tensors: the family by its text encoders and by what the U-Net is told, inpainting,
 * instructions and depth by the U-Net's input, prediction of velocities by a mark or by a bias. Throws CheckpointError.
 */
export async function detectKind(file: SafetensorsFile): Promise<KindName> {
  const { tensors, path } = file;
  const foreign = Object.keys(FOREIGN).find((mark) => tensors.has(mark));
  if (foreign) throw new CheckpointError(`${path} is a checkpoint ${FOREIGN[foreign]}; the engine does not run it.`);
  const words = tensors.get('cond_stage_model.transformer.token_emb.weight')?.shape[0];
  if (words !== undefined) {
    const kind = words === BERT_WORDS ? 'of the first latent diffusion, which is read from a folder only' : LAYOUTS;
    throw new CheckpointError(`${path} is a checkpoint ${kind}; the engine does not run it.`);
  }
  if (contentOf(tensors) !== 'checkpoint') throw new CheckpointError(`${path} is no checkpoint: it has no U-Net.`);

  const family = familyOf(file);
  const channels = tensors.get(`${UNET_PREFIX}input_blocks.0.0.weight`)?.shape[1];
  if (channels === 9 && family !== 'sdxl-refiner') return `${family}-inpaint`;
  if (channels === 8 && family === 'sd1') return 'sd1-edit';
  if (channels === 5 && family === 'sd2') return 'sd2-depth';
  if (channels !== 4) {
    throw new CheckpointError(
      `${path} has a U-Net of ${channels} input channels; known are 4 (text to image), 5 (depth), 8 (instructions) and 9 (inpainting).`,
    );
  }
  if (family === 'sd2') return (await sd2PredictsVelocity(file)) ? 'sd2-v' : 'sd2';
  if (family === 'sdxl') return (saysVelocity(file) ?? tensors.has('v_pred')) ? 'sdxl-v' : 'sdxl';
  return family;
}

function familyOf({ tensors, path }: SafetensorsFile): 'sd1' | 'sd2' | 'sdxl' | 'sdxl-refiner' {
  const names = [...tensors.keys()];
  const hasBelow = (prefix: string) => names.some((name) => name.startsWith(prefix));
  const context = names.find((name) => name.startsWith(UNET_PREFIX) && name.endsWith('attn2.to_k.weight'));
  const width = context === undefined ? undefined : tensors.get(context)?.shape[1];
  if (tensors.has(`${UNET_PREFIX}label_emb.0.0.weight`)) {
    if (hasBelow('cond_stage_model.') || width === 1024) {
      throw new CheckpointError(`${path} is an unCLIP checkpoint, which the engine does not run.`);
    }
    if (hasBelow('conditioner.embedders.1.')) return 'sdxl';
    return hasBelow('conditioner.embedders.0.model.') || width === 1280 ? 'sdxl-refiner' : 'sdxl';
  }
  return hasBelow('cond_stage_model.model.') || width === 1024 ? 'sd2' : 'sd1';
}

/** What the file itself says, by Stability's model specification; undefined where it says nothing. */
function saysVelocity({ metadata }: SafetensorsFile): boolean | undefined {
  const type = metadata['modelspec.prediction_type'];
  return type === undefined ? undefined : type.startsWith('v');
}

/** Training steps of the published SD 2 base, which predicts noise. */
const SD2_BASE_STEPS = 875_000;
/** A bias whose values spread wider in the checkpoints that predict velocities, and the spread that divides them. */
const TELLTALE = `${UNET_PREFIX}output_blocks.11.1.transformer_blocks.0.norm1.bias`;
const TELLTALE_SPREAD = 0.09;
const SMALL_BYTES = 65_536;

/** Nothing in an SD 2 file must say what it predicts, so this rests on marks that the published files have. */
async function sd2PredictsVelocity(file: SafetensorsFile): Promise<boolean> {
  const said = saysVelocity(file);
  if (said !== undefined) return said;
  const steps = (await readSmall(file, 'global_step'))?.[0] ?? Number(file.metadata.global_step);
  if (steps === SD2_BASE_STEPS) return false;
  const bias = await readSmall(file, TELLTALE);
  return bias === undefined || standardDeviation(bias) > TELLTALE_SPREAD;
}

/** The values of a tensor that should be small; undefined where there is none, or it is not small. */
async function readSmall(file: SafetensorsFile, name: string): Promise<number[] | undefined> {
  const bytes = file.tensors.get(name)?.byteLength ?? Infinity;
  return bytes > SMALL_BYTES ? undefined : Array.from((await file.read([name]))[0]!);
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
