/** Draws the same with diffusers, through the script beside this file. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../support/farm.js';
import { watchMemory } from './process-watch.js';
import { PROMPT, SEED, type Measured, type Moment, type Work } from './work.js';

const SCRIPT = join(root, 'tests/bench/engine/reference.py');

/** @param python an interpreter that finds diffusers, torch and transformers */
export async function measureReference(python: string, work: Work): Promise<Measured> {
  const child = spawn(python, [SCRIPT, JSON.stringify({ ...work, prompt: PROMPT, seed: SEED })], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((done, failed) => child.once('error', failed).once('close', done));
  const memory = watchMemory(child.pid!);
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2000)));
  const moments: Moment[] = [];
  let version = '';
  try {
    for await (const line of createInterface(child.stdout)) {
      if (!line.startsWith('{')) continue;
      const told = JSON.parse(line) as Moment & { version?: string };
      version = told.version ?? version;
      moments.push(told);
    }
    const code = await ended;
    if (code !== 0) throw new Error(`${python} ended with exit code ${code}: ${lastWords.trim().split('\n').at(-1)}`);
    return { version, moments, ...memory() };
  } finally {
    memory();
    child.kill();
  }
}
