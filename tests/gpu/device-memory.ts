/** How much memory a device has in use while a process computes on it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface MemoryWatch {
  /** What tells it. */
  source: string;
  /** Bytes in use now; null where nothing tells. */
  now(): number | null;
  /** Most bytes at any time since this was last asked. */
  takePeak(): number | null;
  stop(): void;
}

const EVERY_MS = 20;

/**
 * Watches the whole card where its driver or system tells of it, so nothing else should use it; elsewhere the process. The
 * device of lavapipe is in memory that a process shares with itself.
 */
export function watchDeviceMemory(pid: number, software: boolean): MemoryWatch {
  if (!software && hasNvidia()) return watchNvidia();
  if (software) return polled('shared memory of the process', () => bytesOf(pid, 'RssShmem'));
  const file = amdFile();
  return file === undefined
    ? polled('memory of the process', () => bytesOf(pid, 'VmRSS'))
    : polled(file, () => Number(readFileSync(file, 'utf8')));
}

function hasNvidia(): boolean {
  try {
    execFileSync('nvidia-smi', ['-L'], { stdio: 'ignore', timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

/** The driver's own program tells of the first card several times a second. */
function watchNvidia(): MemoryWatch {
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits'];
  const read = () => Number(execFileSync('nvidia-smi', ['-i', '0', ...query], { encoding: 'utf8' })) * 2 ** 20;
  const child: ChildProcess = spawn('nvidia-smi', ['-i', '0', ...query, '-lms', String(EVERY_MS)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let peak = 0;
  createInterface(child.stdout!).on('line', (line) => (peak = Math.max(peak, Number(line) * 2 ** 20 || 0)));
  return {
    source: 'nvidia-smi, the whole card',
    now: read,
    takePeak: () => {
      const most = Math.max(peak, read());
      peak = 0;
      return most;
    },
    stop: () => void child.kill(),
  };
}

/** The file in which AMD's driver on Linux tells of the first card. */
function amdFile(): string | undefined {
  const folder = '/sys/class/drm';
  try {
    const files = readdirSync(folder)
      .filter((name) => /^card\d+$/.test(name))
      .map((name) => `${folder}/${name}/device/mem_info_vram_used`);
    return files.find((file) => Number.isFinite(Number(readFileSync(file, 'utf8'))));
  } catch {
    return undefined;
  }
}

function bytesOf(pid: number, what: 'VmRSS' | 'RssShmem'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
}

function polled(source: string, read: () => number): MemoryWatch {
  const now = () => {
    try {
      return read();
    } catch {
      // The process has ended, or this is no Linux.
      return null;
    }
  };
  let peak: number | null = null;
  const look = () => {
    const value = now();
    if (value !== null) peak = Math.max(peak ?? 0, value);
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    source,
    now,
    takePeak: () => {
      look();
      const most = peak;
      peak = null;
      return most;
    },
    stop: () => clearInterval(timer),
  };
}
