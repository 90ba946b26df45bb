/** What of a batch concerns the queue alone. */
import type { Batch } from '@atelier/batch';
import { AtelierError } from '@atelier/contracts';
import type { Requirements } from '@atelier/scheduling';
import type { QueuedJob } from '../dispatch/types.js';

const unitMs = { s: 1000, m: 60_000, h: 3600_000, d: 86_400_000 } as const;
const giB = 2 ** 30;
/** Most pictures for which somebody waits at the screen. */
const mostInteractive = 64;

type Described = Pick<Batch, 'deadline' | 'interactive' | 'requires' | 'dependsOn'>;

export function traitsOf(
  batch: Described,
  submittedAt: Date,
): Pick<QueuedJob, 'deadline' | 'interactive' | 'requires' | 'dependsOn'> {
  return {
    deadline: deadlineOf(batch, submittedAt),
    interactive: batch.interactive ?? false,
    requires: requirementsOf(batch),
    dependsOn: batch.dependsOn ?? [],
  };
}

/** Throws `invalid_batch` where somebody would wait for too many pictures. */
export function checkInteractive({ interactive }: Described, tasks: number): void {
  if (interactive && tasks > mostInteractive)
    throw new AtelierError(
      'invalid_batch',
      `interactive is for at most ${mostInteractive} pictures for which somebody waits; the batch makes ${tasks}.`,
      'interactive',
    );
}

/** What a batch asks of the slots that render it. */
export function requirementsOf({ requires: { gpu, vram, tags } = {} }: Described): Requirements {
  return {
    ...(gpu !== undefined && { devices: [gpu].flat() }),
    ...(vram !== undefined && { vramBytes: vram * giB }),
    ...(tags && { tags }),
  };
}

/** When a batch's `deadline` is: so long after its submit; null when it has none. */
function deadlineOf({ deadline }: Described, submittedAt: Date): Date | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(deadline ?? '') ?? [];
  if (amount === undefined) return null;
  return new Date(submittedAt.getTime() + Number(amount) * unitMs[unit as keyof typeof unitMs]);
}
