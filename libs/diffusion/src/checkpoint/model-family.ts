/** For which family of checkpoints a LoRA, ControlNet or other addition was made. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from './describe.js';
import { readJsonObject } from './json.js';
import { loraFile } from './adapter-file.js';
import type { ModelKind } from './model-kind.js';
import { openSafetensors } from './safetensors.js';

/** Width of the text that cross-attention sees in each family's published checkpoints. */
const textWidths: Readonly<Record<number, Architecture>> = {
  768: 'sd1',
  1024: 'sd2',
  2048: 'sdxl',
  1280: 'sdxl-refiner',
};
const CROSS_ATTENTION = /attn2[._]to_k([._](lora[._](down|A)(\.default)?|lora_linear_layer\.down))?\.weight$/;
const IMAGE_ATTENTION = /^ip_adapter\.\d+\.to_k_ip\.weight$/;
const SECOND_ENCODER = /^(lora_te2_|text_encoder_2\.)/;

/** The family, or null where the model does not show it: then it may go with any. */
export async function familyOf(path: string, kind: ModelKind): Promise<Architecture | null> {
  if (kind === 'controlnet' || kind === 't2i-adapter') return (await familyByConfig(path)) ?? familyByTensors(path);
  return kind === 'lora' || kind === 'embedding' || kind === 'ip-adapter' ? familyByTensors(path) : null;
}

async function familyByConfig(path: string): Promise<Architecture | undefined> {
  if (!(await stat(path)).isDirectory()) return undefined;
  const config = (await readJsonObject(join(path, 'config.json'))) ?? {};
  const { adapter_type: adapter } = config;
  if (typeof adapter === 'string') return adapter.endsWith('_xl') ? 'sdxl' : 'sd1';
  if (config.addition_embed_type === 'text_time') return 'sdxl';
  return config.use_linear_projection === true ? 'sd2' : 'sd1';
}

async function familyByTensors(path: string): Promise<Architecture | null> {
  const { tensors } = await openSafetensors(await loraFile(path));
  const names = [...tensors.keys()];
  if (tensors.has('clip_g') || names.some((name) => SECOND_ENCODER.test(name))) return 'sdxl';
  const tells = (name: string) => CROSS_ATTENTION.test(name) || IMAGE_ATTENTION.test(name);
  const telling = names.find(tells) ?? (names.length === 1 ? names[0] : undefined);
  const width = telling === undefined ? undefined : tensors.get(telling)?.shape.at(-1);
  return (width === undefined ? undefined : textWidths[width]) ?? null;
}
