/** Files in the system's memory, and out of it. */
import { spawnSync } from 'node:child_process';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The weight files below a folder. */
export function weightFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.safetensors'))
    .map((name) => join(folder, name));
}

/** Reads files to their end; gives the seconds that it took. Afterwards they are in memory, where that has room. */
export async function readFiles(files: readonly string[]): Promise<number> {
  const begin = performance.now();
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 22 })) void chunk;
  }
  return (performance.now() - begin) / 1000;
}

/** Has the system forget what it holds of files; false where it cannot be asked to. */
export function forgetFiles(files: readonly string[]): boolean {
  return files.every(
    (file) => spawnSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0']).status === 0,
  );
}
