/** Processes that stand still and go on, as on a machine that swaps or is suspended: they believe that no time has passed. */
import { enginesOf } from '../farm/faulty-farm.js';
import { signal, wait, type Fault } from './fault.js';

async function freeze(pids: readonly number[], ms: number): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGSTOP');
  await wait(ms);
  for (const pid of pids) signal(pid, 'SIGCONT');
}

/** Agent and engine alike: the lease lapses, its tasks go elsewhere, and then it brings what it had. */
export const freezeAgent: Fault = {
  name: 'agent frozen past its lease',
  weight: 12,
  async strike({ farm, agent, pastLeaseMs }) {
    const process = farm.agent(agent);
    if (process) await freeze([process.pid, ...enginesOf(process)], pastLeaseMs);
  },
};

export const freezeEngine: Fault = {
  name: 'engine frozen',
  weight: 6,
  async strike({ farm, agent, random }) {
    const process = farm.agent(agent);
    if (process) await freeze(enginesOf(process), 1000 + random.below(5000));
  },
};

export const freezeScheduler: Fault = {
  name: 'scheduler frozen',
  weight: 4,
  strike: ({ farm, random, pastLeaseMs }) => freeze([farm.schedulerPid()], random.below(2) ? pastLeaseMs : 3000),
};
