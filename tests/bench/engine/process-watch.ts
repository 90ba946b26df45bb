/** What a process takes of processor and memory, as Linux tells; nothing elsewhere. */
import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers';

export interface Taken {
  /** Most memory at any time, pages of mapped files included, bytes; null where it is not known. */
  peak: number | null;
  /** Most memory that is no page of a file, bytes. */
  peakPrivate: number | null;
}

/** Clock ticks of Linux a second. */
const TICKS = 100;
const EVERY_MS = 20;

/** Processor seconds that a process has taken, in user code and in the system. */
export function processorSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return NaN;
  }
}

/** Watches the memory of a process until it is asked for the result. */
export function watchMemory(pid: number): () => Taken {
  const taken: Taken = { peak: null, peakPrivate: null };
  const look = () => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const bytesOf = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
      taken.peak = Math.max(taken.peak ?? 0, bytesOf('VmHWM'));
      taken.peakPrivate = Math.max(taken.peakPrivate ?? 0, bytesOf('RssAnon'));
    } catch {
      // It has ended, or this is no Linux.
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return () => {
    look();
    clearInterval(timer);
    return taken;
  };
}
