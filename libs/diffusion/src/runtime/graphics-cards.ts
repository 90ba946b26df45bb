/** The graphics cards of this machine, as its driver or its system tells of them. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { promisify } from 'node:util';

export interface GraphicsCard {
  name: string;
  /** Null where nothing tells. */
  memoryBytes: number | null;
}

/** Share of its memory that a Mac lends to its GPU. */
const SHARE_OF_A_MAC = 2 / 3;

/** Empty where there is none, or none that we can ask: on Windows only cards of NVIDIA are seen. */
export async function graphicsCards(): Promise<GraphicsCard[]> {
  const nvidia = await nvidiaCards();
  if (nvidia.length > 0) return nvidia;
  if (process.platform === 'linux') return linuxCards();
  const isMac = process.platform === 'darwin' && process.arch === 'arm64';
  return isMac ? [{ name: 'Apple GPU', memoryBytes: Math.floor(totalmem() * SHARE_OF_A_MAC) }] : [];
}

async function nvidiaCards(): Promise<GraphicsCard[]> {
  try {
    const query = ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits'];
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5_000 });
    return stdout
      .split('\n')
      .filter((line) => line.includes(','))
      .map((line) => {
        const [name = '', mebibytes = ''] = line.split(',').map((field) => field.trim());
        return { name, memoryBytes: Number(mebibytes) * 2 ** 20 || null };
      });
  } catch {
    // No driver, no card, or a driver that does not answer.
    return [];
  }
}

/** Vendors by their PCI numbers; displays of servers and of virtual machines compute nothing. */
const VENDORS: Record<string, string> = { '0x1002': 'AMD GPU', '0x8086': 'Intel GPU', '0x10de': 'NVIDIA GPU' };
const DRM = '/sys/class/drm';

async function linuxCards(): Promise<GraphicsCard[]> {
  const cards = (await readdir(DRM).catch(() => [])).filter((name) => /^card\d+$/.test(name));
  const found = cards.map(async (card) => {
    const read = (file: string) => readFile(`${DRM}/${card}/device/${file}`, 'utf8').catch(() => '');
    const name = VENDORS[(await read('vendor')).trim()];
    if (!name) return [];
    // Only AMD's driver tells how much memory a card has.
    return [{ name, memoryBytes: Number(await read('mem_info_vram_total')) || null }];
  });
  return (await Promise.all(found)).flat();
}
