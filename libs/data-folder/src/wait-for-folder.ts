/** For a process whose predecessor in the same folder may still be on its way out. */
import { setTimeout as wait } from 'node:timers/promises';
import { AtelierError } from '@atelier/contracts';
import { lockFolder } from './folder-lock.js';

export interface WaitOptions {
  /** How long another process that holds the folder is waited for. */
  patienceMs: number;
  /** The folder is held; `why` names by whom, in a sentence. Called once. */
  onHeld?(why: string): void;
}

const tryAgainMs = 100;

/**
 * Takes the folder for this process once nobody else has it. Resolves with how to let go.
 * Rejects with `conflict`, naming the process that holds it, when that one is still there after `patienceMs`.
 */
export async function waitForFolder(folder: string, { patienceMs, onHeld }: WaitOptions): Promise<() => void> {
  const deadline = performance.now() + patienceMs;
  for (let tries = 1; ; tries++) {
    try {
      return lockFolder(folder);
    } catch (error) {
      const held = error instanceof AtelierError && error.code === 'conflict';
      if (!held || performance.now() >= deadline) throw error;
      if (tries === 1) onHeld?.(error.message);
      await wait(tryAgainMs);
    }
  }
}
