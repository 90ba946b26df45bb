/** From the start of a process to its first picture, with the checkpoint in the system's memory, beside diffusers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHAPES, writeRandomCheckpoint } from '@atelier/diffusion/testing';
import { root } from '../support/farm.js';
import { measureEngine } from './engine/ours.js';
import { readFiles, weightFiles } from './engine/page-cache.js';
import { measureReference } from './engine/peer.js';
import type { Cost, Measured, Work } from './engine/work.js';
import { goal, type Benchmark, type Goal, type Report } from './harness.js';

interface Subject {
  name: string;
  steps: number;
  side: number;
  /** @default a random checkpoint of full size */
  checkpoint?: string;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'postcard, 128x128, 4 steps', steps: 4, side: 128, checkpoint: 'models/postcard' },
  { name: 'SD 1.5, 256x256, 2 steps', steps: 2, side: 256 },
];

export const cold: Benchmark = {
  name: 'cold',
  about: 'start of a process to its first picture beside diffusers (--reference PYTHON; --instance NAME)',
  async run({ reference, instance }) {
    const rows: Report['rows'] = [];
    const goals: Goal[] = [];
    for (const subject of SUBJECTS.filter(({ name }) => name.startsWith(instance ?? ''))) {
      const folder = subject.checkpoint === undefined ? await mkdtemp(join(tmpdir(), 'atelier-cold-')) : undefined;
      try {
        if (folder !== undefined) await writeRandomCheckpoint(folder, SHAPES['sd1.5']);
        const checkpoint = folder ?? join(root, subject.checkpoint!);
        const { steps, side } = subject;
        const work: Work = {
          ...{ checkpoint, pipeline: 'StableDiffusionPipeline', width: side, height: side, steps, guidance: 1 },
          ...{ pictures: 1, threads: availableParallelism(), runs: 1, latentsOnly: false },
        };
        await readFiles(weightFiles(checkpoint));
        const ours = firstPicture(await measureEngine(work));
        rows.push({ subject: subject.name, system: 'atelier', 'first picture s': ours.seconds, 'CPU s': ours.cpu });
        if (reference === undefined) {
          goals.push(ofReference(subject.name, null, null, 'no --reference PYTHON was given'));
          continue;
        }
        const measured = await measureReference(reference, work);
        const theirs = firstPicture(measured);
        rows.push({
          subject: subject.name,
          system: 'diffusers',
          'first picture s': theirs.seconds,
          'CPU s': theirs.cpu,
        });
        goals.push(ofReference(subject.name, ours.seconds / theirs.seconds, measured.version));
      } finally {
        if (folder !== undefined) await rm(folder, { recursive: true });
      }
    }
    return { rows, goals };
  },
};

function firstPicture({ moments }: Measured): Cost {
  return moments.find(({ what }) => what === 'picture')!;
}

function ofReference(name: string, value: number | null, version: string | null, reason?: string): Goal {
  return goal({
    ...{ name: `${name}: first picture`, value, unit: 'of the reference', op: '<=', goal: 0.5, reason },
    peer: { name: 'diffusers', version, value: value === null ? null : 1, reason },
  });
}
