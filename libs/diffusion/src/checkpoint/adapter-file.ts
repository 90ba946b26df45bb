import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from './checkpoint-error.js';

/** The safetensors file of a LoRA: the path itself, or the one in a folder. Throws CheckpointError. */
export function loraFile(path: string): Promise<string> {
  return onlyFile(path, 'LoRA', 'pytorch_lora_weights.safetensors');
}

/** The same of a textual inversion. */
export function embeddingFile(path: string): Promise<string> {
  return onlyFile(path, 'textual inversion', 'learned_embeds.safetensors');
}

/** The same of an IP-Adapter. */
export function imageAdapterFile(path: string): Promise<string> {
  return onlyFile(path, 'IP-Adapter', 'ip-adapter.safetensors');
}

/** The same of an upscaler. */
export function imageUpscalerFile(path: string): Promise<string> {
  return onlyFile(path, 'upscaler', 'upscaler.safetensors');
}

/** The same of a restorer of faces. */
export function faceRestorerFile(path: string): Promise<string> {
  return onlyFile(path, 'restorer of faces', 'gfpgan.safetensors');
}

/** The same of a detector of faces. */
export function faceDetectorFile(path: string): Promise<string> {
  return onlyFile(path, 'detector of faces', 'retinaface.safetensors');
}

/** @param usualName what diffusers calls the file in a folder */
async function onlyFile(path: string, what: string, usualName: string): Promise<string> {
  const status = await stat(path).catch(() => {
    throw new CheckpointError(`The ${what} ${path} does not exist.`);
  });
  if (status.isFile()) return path;
  const files = (await readdir(path)).filter((name) => name.endsWith('.safetensors'));
  const file = files.includes(usualName) ? usualName : files.length === 1 ? files[0] : undefined;
  if (file === undefined) {
    throw new CheckpointError(
      `The folder ${path} is no ${what}: it holds ${files.length} safetensors files, expected one.`,
    );
  }
  return join(path, file);
}
