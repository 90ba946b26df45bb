/** A spool that takes nothing more. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultyFarm } from '../farm/faulty-farm.js';
import { asRoot, wait, type Fault } from './fault.js';

/** Gives the spool of an agent that has not started yet a small disk of its own. */
export function mountSpool(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
}

/** The agent whose spool lies on a disk of its own. */
export const agentWithSmallDisk = (farm: Pick<FaultyFarm, 'agentNames'>) => farm.agentNames.at(-1)!;

export const fullDisk: Fault = {
  name: 'full disk under a spool',
  weight: 6,
  impossible: asRoot,
  async strike({ farm, random }) {
    const filler = join(farm.spool(agentWithSmallDisk(farm)), 'filler');
    const file = openSync(filler, 'w');
    try {
      for (let page = Buffer.alloc(4096); ;) writeSync(file, page);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
    await wait(2000 + random.below(6000));
    rmSync(filler, { force: true });
  },
};
