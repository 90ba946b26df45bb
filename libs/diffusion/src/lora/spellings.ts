/**
 * Every way in which LoRA files spell the module that a weight belongs to. Files are not parsed (in kohya's names the
 * underscore that joins is the one that belongs to a word): we spell our own modules and look the results up.
 */
import { ldmUnetName, type UnetLayout } from '../checkpoint/ldm-unet-names.js';

/** Networks of a checkpoint that a LoRA can change. */
export type LoraTarget = 'unet' | 'text_encoder' | 'text_encoder_2';

/** Spellings of one module, without the suffix that tells down, up and alpha apart. */
export function spellings(target: LoraTarget, module: string, layout: UnetLayout): string[] {
  return target === 'unet' ? unetSpellings(module, layout) : textSpellings(target, module);
}

const joined = (module: string) => module.replaceAll('.', '_');

function unetSpellings(module: string, layout: UnetLayout): string[] {
  const ldm = ldmUnetName(module, layout);
  const processor = processorSpelling(module);
  const motion = motionSpelling(processor);
  return [
    ...[module, ldm]
      .filter((name) => name !== null)
      .flatMap((name) => [`lora_unet_${joined(name)}`, `lycoris_${joined(name)}`]),
    ...[module, processor].filter((name) => name !== null).flatMap((name) => [`unet.${name}`, name]),
    ...(motion === null ? [] : [motion, `module.${motion}`]),
    `base_model.model.${module}`,
    ...(ldm === null ? [] : [`diffusion_model.${ldm}`, `model.diffusion_model.${ldm}`]),
  ];
}

/** The first diffusers files name the attention processor: `attn1.processor.to_q`, `attn1.processor.to_out`. */
function processorSpelling(module: string): string | null {
  const match = /^(.*\.attn\d)\.(to_[qkv]|to_out)(?:\.0)?$/.exec(module);
  return match ? `${match[1]}.processor.${match[2]}` : null;
}

/** The first motion LoRAs name what the first motion modules do: `temporal_transformer`, `attention_blocks.0`. */
function motionSpelling(processor: string | null): string | null {
  const match = /^(.*\.motion_modules\.\d+)\.(transformer_blocks\.\d+)\.attn(\d)\.processor\.(.*)$/.exec(
    processor ?? '',
  );
  if (!match) return null;
  const [, place, block, attention, projection] = match;
  return `${place}.temporal_transformer.${block}.attention_blocks.${Number(attention) - 1}.processor.${projection}`;
}

function textSpellings(target: Exclude<LoraTarget, 'unet'>, module: string): string[] {
  const prefixes = target === 'text_encoder' ? ['lora_te', 'lora_te1'] : ['lora_te2'];
  // The first diffusers files call q_proj to_q, and out_proj to_out.
  const old = module
    .replace(/self_attn\.([qkv])_proj$/, 'self_attn.to_$1')
    .replace(/self_attn\.out_proj$/, 'self_attn.to_out');
  return [...prefixes.map((prefix) => `${prefix}_${joined(module)}`), `${target}.${module}`, `${target}.${old}`];
}
