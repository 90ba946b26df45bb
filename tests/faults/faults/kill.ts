/** Processes that are gone from one instruction to the next. */
import { enginesOf } from '../farm/faulty-farm.js';
import { signal, type Fault } from './fault.js';

export const killAgent: Fault = {
  name: 'kill -9 of an agent',
  weight: 20,
  async strike({ farm, agent }) {
    const { pid } = farm.agent(agent) ?? {};
    if (pid !== undefined) signal(pid, 'SIGKILL');
  },
};

export const killEngine: Fault = {
  name: 'kill -9 of an engine',
  weight: 20,
  async strike({ farm, agent }) {
    const process = farm.agent(agent);
    for (const pid of process ? enginesOf(process) : []) signal(pid, 'SIGKILL');
  },
};

export const killScheduler: Fault = {
  name: 'kill -9 of the scheduler',
  weight: 14,
  strike: ({ farm }) => farm.killScheduler(),
};
