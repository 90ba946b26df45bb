/** Checkpoints to measure with: the demo model, and with random weights those of published sizes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHAPES, writeRandomCheckpoint, type ShapeName } from '@atelier/diffusion/testing';
import { root } from '../support/farm.js';
import type { Subject } from './part.js';

const TOKENS = 77;

const DEMO: Subject = {
  name: 'demo',
  checkpoint: join(root, 'models/postcard'),
  side: 128,
  attention: [
    [2, 64, 256, 256],
    [2, 64, 256, TOKENS],
  ],
  full: false,
};

/** Attention of a picture to itself and to its text at each level: [heads, channels of a head, pixels]. */
const ATTENTION: Record<ShapeName, readonly (readonly [number, number, number])[]> = {
  'sd1.5': [
    [8, 40, 64 ** 2],
    [8, 80, 32 ** 2],
    [8, 160, 16 ** 2],
    [8, 160, 8 ** 2],
  ],
  sdxl: [
    [10, 64, 64 ** 2],
    [20, 64, 32 ** 2],
  ],
};

const isShape = (name: string): name is ShapeName => name in SHAPES;

/**
 * Gives the checkpoints of some names to `work`. Those of published sizes are written for it, in float16: 2.1 GB for SD 1.5,
 * 6.9 GB for SDXL, in the system's folder for temporary files.
 */
export async function withSubjects<T>(names: readonly string[], work: (subjects: Subject[]) => Promise<T>): Promise<T> {
  const unknown = names.find((name) => name !== DEMO.name && !isShape(name));
  if (unknown !== undefined) {
    throw new Error(`there is no shape "${unknown}": there are ${[DEMO.name, ...Object.keys(SHAPES)].join(', ')}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'atelier-gpu-'));
  try {
    const subjects: Subject[] = names.includes(DEMO.name) ? [DEMO] : [];
    for (const name of names.filter(isShape)) {
      const checkpoint = join(folder, name);
      await writeRandomCheckpoint(checkpoint, { ...SHAPES[name], type: 'F16' });
      const attention = ATTENTION[name].flatMap(([heads, size, pixels]) => [
        [heads, size, pixels, pixels] as const,
        [heads, size, pixels, TOKENS] as const,
      ]);
      subjects.push({ name, checkpoint, side: SHAPES[name].side, attention, full: true });
    }
    return await work(subjects);
  } finally {
    await rm(folder, { recursive: true });
  }
}
