/** Waiting for nodes to have drawn the acceptance picture. */
import { setTimeout as wait } from 'node:timers/promises';
import type { NodeState } from '@atelier/contracts';
import { all, type Client } from '../client/client.js';

const unsettled: readonly NodeState[] = ['joining', 'testing', 'offline'];

const lookMs = 100;

/**
 * Settles when each of these nodes serves or was found unfit, or after `patienceMs`: a node that hangs in its test
 * keeps nobody from the others.
 */
export async function tested(client: Client, nodeIds: readonly string[], patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  for (; performance.now() < end; await wait(lookMs)) {
    const nodes = await all(client.nodes());
    const waiting = nodes.some(({ id, state }) => nodeIds.includes(id) && unsettled.includes(state));
    if (!waiting) return;
  }
}
