/** Question 5: from one checkpoint to another, and from one LoRA to another, in an engine that runs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { startEngine, type Engine } from '@atelier/diffusion';
import { forgetFiles, readFiles, weightFiles } from '../bench/engine/page-cache.js';
import { toFirstStep, type FirstStep } from '../bench/engine/to-first-step.js';
import { root } from '../support/farm.js';
import type { Part, Row, Subject } from './part.js';

const LORA = join(root, 'models/postcard-lcm-lora');

export const swaps: Part = {
  name: 'swaps',
  about: 'what a change of checkpoint and of LoRA adds to the first step, from memory and from disk',
  async *run({ subjects }) {
    for (const subject of subjects) {
      const folder = await mkdtemp(join(tmpdir(), 'atelier-gpu-swap-'));
      try {
        yield* checkpointRows(subject, join(folder, 'other'));
      } finally {
        await rm(folder, { recursive: true });
      }
      if (!subject.full) yield await measured(subject.name, 'another LoRA, from memory', subject, subject, [LORA]);
    }
  },
};

async function* checkpointRows(subject: Subject, other: string): AsyncGenerator<Row> {
  await cp(subject.checkpoint, other, { recursive: true });
  const files = weightFiles(other);
  const b = { ...subject, checkpoint: other };
  await readFiles(files);
  const warm = await readFiles(files);
  yield {
    ...(await measured(subject.name, 'A to B, from memory', subject, b, [], () => readFiles(files))),
    'reading its files s': warm,
  };
  if (!forgetFiles(files)) return;
  const cold = await readFiles(files);
  yield {
    ...(await measured(subject.name, 'A to B, from disk', subject, b, [], () => void forgetFiles(files))),
    'reading its files s': cold,
  };
}

/** How much longer the first step of `b` takes after `a` than when all is loaded. */
async function measured(
  name: string,
  what: string,
  a: Subject,
  b: Subject,
  loras: readonly string[],
  before?: () => unknown,
): Promise<Row> {
  const request = ({ checkpoint, side }: Subject): FirstStep => ({ checkpoint, width: side, height: side });
  const changed = { ...request(b), loras: loras.map((path) => ({ path, weight: 1 })) };
  let engine: Engine | undefined;
  try {
    engine = await startEngine({ provider: 'webgpu' });
    await toFirstStep(engine, request(a));
    await before?.();
    const [first, again] = [await toFirstStep(engine, changed), await toFirstStep(engine, changed)];
    return { subject: name, what, precision: engine.device.precision, 'swap s': first.seconds - again.seconds };
  } catch (error) {
    return { subject: name, what, failed: (error as Error).message };
  } finally {
    engine?.kill();
    await engine?.exited;
  }
}
