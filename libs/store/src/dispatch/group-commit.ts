import { AtelierError } from '@atelier/contracts';
import { isBadValues } from '../database/errors.js';
import type { DispatchOp } from './types.js';

/** Writes a group in one transaction and gives an outcome for each op. */
export type WriteGroup<Outcome> = (ops: readonly DispatchOp[]) => Promise<Outcome[]>;

export interface GroupCommit<Outcome> {
  commit(op: DispatchOp): Promise<Outcome>;
  /** Settles when everything handed over so far has been written or refused. */
  drained(): Promise<void>;
}

/**
 * At most one transaction is under way, and none begins sooner than this after the one before it: whoever comes alone
 * is written at once, a crowd shares the cost of the disk.
 */
export const GROUP_INTERVAL_MS = 5;
export const GROUP_SIZE = 256;

interface Waiting<Outcome> {
  op: DispatchOp;
  settle(outcome: Outcome): void;
  refuse(error: unknown): void;
}

/** Gathers ops into groups and writes these one after the other, in the order of the calls. */
export function groupCommit<Outcome>(write: WriteGroup<Outcome>): GroupCommit<Outcome> {
  const queue: Waiting<Outcome>[] = [];
  let running: Promise<void> | null = null;

  async function run() {
    await new Promise((next) => setImmediate(next));
    while (queue.length > 0) {
      const group = queue.splice(0, GROUP_SIZE);
      const earliestNext = performance.now() + GROUP_INTERVAL_MS;
      try {
        await writeOrSplit(group);
      } catch (error) {
        // What waits was decided on the belief that this group would be written: it must not overtake it.
        for (const { refuse } of [...group, ...queue.splice(0)]) refuse(error);
      }
      const pause = earliestNext - performance.now();
      if (queue.length < GROUP_SIZE && pause > 0) await new Promise((next) => setTimeout(next, pause));
    }
    running = null;
  }

  /** A group in which one op's values are refused by the database is written op by op: one mistake costs nobody else. */
  async function writeOrSplit(group: readonly Waiting<Outcome>[]): Promise<void> {
    let outcomes: Outcome[];
    try {
      outcomes = await write(group.map(({ op }) => op));
    } catch (error) {
      if (!isBadValues(error)) throw error;
      if (group.length > 1) {
        for (const waiting of group) await writeOrSplit([waiting]);
        return;
      }
      const { op, refuse } = group[0]!;
      refuse(
        new AtelierError(
          'invalid_request',
          `"${op.kind}" of attempt ${op.attemptId} cannot be written: ${(error as Error).message}.`,
        ),
      );
      return;
    }
    group.forEach(({ settle }, i) => settle(outcomes[i]!));
  }

  return {
    commit: (op) =>
      new Promise<Outcome>((settle, refuse) => {
        queue.push({ op, settle, refuse });
        running ??= run();
      }),
    drained: async () => {
      while (running) await running;
    },
  };
}
