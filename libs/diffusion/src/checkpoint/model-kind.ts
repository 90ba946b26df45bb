/** What a file or folder is, by its configuration or the names of its tensors: never by its own name. */
import { join } from 'node:path';
import { INDEX_FILE } from './checkpoint.js';
import { readJsonObject, type JsonObject } from './json.js';
import { loraFile } from './adapter-file.js';
import { openSafetensors } from './safetensors.js';
import { contentOf } from './single-file/detect.js';

export const modelKinds = [
  'checkpoint',
  'lora',
  'vae',
  'controlnet',
  't2i-adapter',
  'embedding',
  'upscaler',
  'motion',
  'safety-checker',
  'ip-adapter',
  'image-encoder',
  'face-restorer',
  'face-detector',
  'preview-decoder',
] as const;
export type ModelKind = (typeof modelKinds)[number];

const LORA_TENSOR = /[._]lora[._](up|down|A|B)\b|[._]lora_linear_layer[._]/;
/** ESRGAN under its own names and those of Real-ESRGAN. */
const UPSCALER_TENSOR = /^(model\.1\.sub\.0\.RDB1|RRDB_trunk\.0\.RDB1|body\.0\.rdb1)\.conv1\b/i;
const IP_ADAPTER_TENSOR = /^ip_adapter\.\d+\.to_k_ip\.weight$/;
/** GFPGAN, "clean" version. */
const FACE_RESTORER_TENSOR = /^(params(_ema)?\.)?stylegan_decoder\.style_conv1\.modulated_conv\.weight$/;
/** RetinaFace. */
const FACE_DETECTOR_TENSOR = /^(module\.)?ssh1\.conv3X3\.0\.weight$/;
const MOTION_TENSOR = /\bmotion_modules\./;

/** Classes of networks, as `config.json` names them. */
const classes: Readonly<Record<string, ModelKind>> = {
  AutoencoderKL: 'vae',
  ControlNetModel: 'controlnet',
  T2IAdapter: 't2i-adapter',
  MotionAdapter: 'motion',
  StableDiffusionSafetyChecker: 'safety-checker',
  CLIPVisionModelWithProjection: 'image-encoder',
  AutoencoderTiny: 'preview-decoder',
};

/** Kinds that are one file, which may lie in a folder of its own. */
const foldersOfOneFile: ReadonlySet<ModelKind> = new Set([
  'lora',
  'embedding',
  'upscaler',
  'ip-adapter',
  'face-restorer',
  'face-detector',
]);

/** What lies at `path`; undefined where it is no model that can be named. */
export async function kindOf(path: string): Promise<ModelKind | undefined> {
  if (path.endsWith('.safetensors')) return kindOfFile(path);
  if (await readJsonObject(join(path, INDEX_FILE))) return 'checkpoint';
  const config = await readJsonObject(join(path, 'config.json'));
  const kind = config && classes[classOf(config)];
  if (kind) return kind;
  const inner = await kindOfFile(await loraFile(path));
  return inner && foldersOfOneFile.has(inner) ? inner : undefined;
}

/** The class that a configuration is of, in diffusers' words or in transformers'. */
function classOf({ _class_name: name, architectures }: JsonObject): string {
  if (typeof name === 'string') return name;
  return Array.isArray(architectures) ? String(architectures[0]) : '';
}

async function kindOfFile(path: string): Promise<ModelKind | undefined> {
  const { tensors } = await openSafetensors(path);
  const names = [...tensors.keys()];
  const some = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (some(LORA_TENSOR)) return 'lora';
  const content = contentOf(tensors);
  if (content) return content;
  if (some(UPSCALER_TENSOR)) return 'upscaler';
  if (some(MOTION_TENSOR)) return 'motion';
  if (some(IP_ADAPTER_TENSOR)) return 'ip-adapter';
  if (some(FACE_RESTORER_TENSOR)) return 'face-restorer';
  if (some(FACE_DETECTOR_TENSOR)) return 'face-detector';
  return isEmbedding(names, [...tensors.values()]) ? 'embedding' : undefined;
}

/** Vectors for words: AUTOMATIC1111's and SDXL's names, or a single tensor that is called as the word. */
function isEmbedding(names: readonly string[], tensors: readonly { shape: readonly number[] }[]): boolean {
  const known = names.every((name) => ['emb_params', 'clip_l', 'clip_g'].includes(name));
  return (
    names.length > 0 && (known || names.length === 1) && tensors.every(({ shape }) => [1, 2].includes(shape.length))
  );
}
