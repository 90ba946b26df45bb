/** A job that is cancelled while an agent that cannot hear of it still works at it. */
import { enginesOf } from '../farm/faulty-farm.js';
import { signal, wait, type Fault } from './fault.js';

export const cancelWithZombie: Fault = {
  name: 'cancelled job, zombie delivers',
  weight: 12,
  async strike({ farm, agent, random, pastLeaseMs, submitAside, hasBegun }) {
    const jobId = await submitAside(12);
    for (let tries = 0; tries < 300 && !(await hasBegun(jobId)); tries++) await wait(20);
    const process = farm.agent(agent);
    // The engine goes on: the picture is made by the time its agent wakes up.
    const frozen = process ? [process.pid, ...(random.below(2) ? [] : enginesOf(process))] : [];
    for (const pid of frozen) signal(pid, 'SIGSTOP');
    for (let tries = 0; tries < 50; tries++) {
      const cancelled = await fetch(`${farm.api}/api/v1/jobs/${jobId}:cancel`, { method: 'POST' }).catch(() => null);
      // Finished already: then there is nothing to be cancelled.
      if (cancelled?.ok || cancelled?.status === 409) break;
      await wait(500);
    }
    await wait(random.below(2) ? pastLeaseMs : 2000);
    for (const pid of frozen) signal(pid, 'SIGCONT');
  },
};
