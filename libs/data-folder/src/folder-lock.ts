/** One process at a time in a data folder: neither the database nor the spool in it knows a lock of its own. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AtelierError } from '@atelier/contracts';

interface Holder {
  pid: number;
  host: string;
  /** When the process began, as its kernel tells it: a pid that was given out again has another. */
  started: string | null;
}

/** Folders that this very process holds. */
const held = new Set<string>();

/**
 * Takes the folder for this process. A lock whose process is gone is taken over.
 * Returns how to let go. Throws `conflict`, naming the process that holds it.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const own: Holder = { pid: process.pid, host: hostname(), started: statOf(process.pid)?.started ?? null };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (;;) {
      if (linked(draft, path)) break;
      const text = readLock(path);
      if (text === null) continue;
      const holder = parseHolder(text);
      if (holder && isAlive(holder, path)) throw inUse(folder, holder);
      takeAway(path, text);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

/** Makes `path` a name of `draft` if nothing has that name: atomic, and the lock is never seen half written. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the stale lock with this content. Of several processes that found it stale, one moves it; whoever moved another one's fresh lock puts it back. */
function takeAway(path: string, staleText: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(aside, 'utf8') !== staleText) linked(aside, path);
  rmSync(aside);
}

function readLock(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) ? holder : null;
  } catch {
    return null;
  }
}

function isAlive(holder: Holder, path: string): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.pid === process.pid) return held.has(path);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = statOf(holder.pid);
  if (!stat) return true;
  // A process that has ended stays visible until its parent asks about it, which may be never.
  if (stat.state === 'Z' || stat.state === 'X') return false;
  return holder.started === null || stat.started === holder.started;
}

/** State letter and start time (ticks since boot) of a process, from /proc/PID/stat; null where there is no such file. */
function statOf(pid: number): { state: string; started: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0]!, started: fields[19]! };
  } catch {
    return null;
  }
}

function inUse(folder: string, { pid, host }: Holder): AtelierError {
  const sentence =
    host === hostname()
      ? `The data folder ${folder} is in use by process ${pid}: stop it, or choose another folder.`
      : `The data folder ${folder} is in use by process ${pid} on ${host}: stop it there, or delete ${join(folder, 'lock')} if that machine is gone.`;
  return new AtelierError('conflict', sentence);
}
