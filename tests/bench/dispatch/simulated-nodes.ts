/**
 * `node simulated-nodes.js`: agents that do nothing with what they are given, as a process of their own. Reads
 * `{scheduler, tokens, models, taskMs}` as its first message, joins with each token, and says `ready`.
 */
import type { agentProto } from '@atelier/contracts';
import { SimulatedAgent } from '../../simulation/simulated-agent.js';

export interface NodesOrder {
  scheduler: string;
  tokens: string[];
  models: agentProto.ModelReference[];
  /** Milliseconds that a task takes. */
  taskMs: number;
}

/** Joins at one time: certificates are made and signed meanwhile. */
const atOnce = 8;

process.once('message', async ({ scheduler, tokens, models, taskMs }: NodesOrder) => {
  const left = [...tokens];
  const joinNext = async (): Promise<void> => {
    for (let token = left.pop(); token !== undefined; token = left.pop())
      await SimulatedAgent.start({ scheduler, token, models, noop: true, pictureMs: taskMs });
  };
  await Promise.all(Array.from({ length: atOnce }, joinNext));
  process.send!('ready');
});
process.once('disconnect', () => process.exit(0));
