/** Files that are there whole or not at all, also after a power cut. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes beside `path`, flushes, renames, and flushes the folder. Whoever reads `path` sees the old content or the new. */
export async function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const draft = `${path}.part`;
  const file = await open(draft, 'w', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncFolder(dirname(path));
}

/** Makes names that appeared in or left `folder` survive a power cut. Windows does so by itself and opens no folders. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Endings of drafts that a crash may leave behind. */
export const isDraft = (name: string) => name.endsWith('.part');
