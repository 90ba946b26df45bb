/** The most memory that this process takes, as Linux keeps it: a run blocks the thread that could look. */
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Begins to watch; gives the most resident memory since then, mapped files included, bytes. 0 where the system does not
 * tell (proc(5): `clear_refs`, `VmHWM`).
 */
export function watchPeak(): () => number {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return () => 0;
  }
  return () => {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return Number(kib ?? 0) * 1024;
  };
}
