import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from './checkpoint-error.js';

/** What diffusers calls the file of a LoRA folder. */
const USUAL_NAME = 'pytorch_lora_weights.safetensors';

/** The safetensors file of a LoRA: the path itself, or the one in a folder. Throws CheckpointError. */
export async function loraFile(path: string): Promise<string> {
  const status = await stat(path).catch(() => {
    throw new CheckpointError(`The LoRA ${path} does not exist.`);
  });
  if (status.isFile()) return path;
  const files = (await readdir(path)).filter((name) => name.endsWith('.safetensors'));
  const file = files.includes(USUAL_NAME) ? USUAL_NAME : files.length === 1 ? files[0] : undefined;
  if (file === undefined) {
    throw new CheckpointError(
      `The folder ${path} is no LoRA: it holds ${files.length} safetensors files, expected one.`,
    );
  }
  return join(path, file);
}
