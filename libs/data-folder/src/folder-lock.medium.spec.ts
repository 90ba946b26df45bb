import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gone } from '../../../tests/support/processes.js';
import { lockFolder } from './folder-lock.js';
import { waitForFolder } from './wait-for-folder.js';

describe('lockFolder', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'atelier-lock-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (holder: unknown) => writeFileSync(join(folder, 'lock'), JSON.stringify(holder));

  it('holds until it is let go, and leaves nothing behind', () => {
    const unlock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(`is in use by process ${process.pid}`);
    unlock();
    expect(readdirSync(folder)).toEqual([]);
    lockFolder(folder)();
  });

  it('names the other process that holds it, and takes over when that one is gone', async () => {
    const other = spawn('sleep', ['60']);
    write({ pid: other.pid, host: hostname(), started: null });
    expect(() => lockFolder(folder)).toThrow(`The data folder ${folder} is in use by process ${other.pid}: stop it`);
    other.kill('SIGKILL');
    await gone(other.pid!);
    lockFolder(folder)();
  });

  it('is not fooled by a process that got the number of a dead one', () => {
    write({ pid: process.ppid, host: hostname(), started: 'another time' });
    lockFolder(folder)();
    write({ pid: process.pid, host: hostname(), started: 'another time' });
    lockFolder(folder)();
  });

  it('respects a process of another machine', () => {
    write({ pid: 1, host: 'elsewhere', started: null });
    expect(() => lockFolder(folder)).toThrow(/process 1 on elsewhere: stop it there, or delete/);
  });

  it('takes over a lock that nobody can read', () => {
    writeFileSync(join(folder, 'lock'), 'half a l');
    const unlock = lockFolder(folder);
    expect(JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    unlock();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('is waited for while its process ends, and not for ever', async () => {
    const other = spawn('sleep', ['60']);
    write({ pid: other.pid, host: hostname(), started: null });
    const heard: string[] = [];
    const onHeld = (why: string) => void heard.push(why);
    const inUse = `The data folder ${folder} is in use by process ${other.pid}`;
    await expect(waitForFolder(folder, { patienceMs: 250, onHeld })).rejects.toThrow(inUse);
    expect(heard).toEqual([expect.stringContaining(inUse)]);
    const waiting = waitForFolder(folder, { patienceMs: 60_000 });
    other.kill('SIGKILL');
    (await waiting)();
    expect(readdirSync(folder)).toEqual([]);
  });
});
