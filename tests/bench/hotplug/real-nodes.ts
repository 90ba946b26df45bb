/** Real agents that join, are pulled and return every few seconds while a scheduler has work for all of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { openPool, query, submit } from '../../faults/ask.js';
import { batchOf, modelFolder } from '../../faults/batch.js';
import { startCommand, type Child } from '../../faults/farm/child.js';
import { wait } from '../../faults/faults/fault.js';
import { freePort, root } from '../../support/farm.js';

export interface HotplugTimes {
  /** Seconds from the start of a process that never joined to the first task that it begins. */
  joins: number[];
  returns: number[];
  /** Seconds from a kill to the new lease of the last task that the node had. */
  releases: number[];
  /** Tasks that were done meanwhile. */
  tasks: number;
}

interface AgentAnswer {
  nodeId: string;
}

/** Runs for `seconds`; one node that stays does the work of those that leave. */
export async function hotplugReal(seconds: number): Promise<HotplugTimes> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-hotplug-'));
  // The demo model is what a node is tested with.
  const env = { ATELIER_MODELS: [modelFolder, join(root, 'models')].join(delimiter) };
  const ports = { api: await freePort(), grpc: await freePort() };
  const scheduler = await startCommand<{ api: string; grpc: string }>(
    ['scheduler', '--port', String(ports.api), '--grpc-port', String(ports.grpc), '--data', join(folder, 'scheduler')],
    env,
  );
  const { api, grpc } = scheduler.answer;
  const pool = openPool(`postgresql://postgres@${encodeURIComponent(join(folder, 'scheduler/socket'))}:5499/postgres`);
  const running = new Map<string, Child<AgentAnswer>>();
  const plugIn = async (name: string) => {
    const token = ((await (await fetch(`${api}/api/v1/tokens`, { method: 'POST' })).json()) as { token: string }).token;
    const args = ['agent', '--join', grpc, '--name', name, '--data', join(folder, name), '--threads', '1'];
    const child = await startCommand<AgentAnswer>(args, { ...env, ATELIER_JOIN_TOKEN: token });
    running.set(name, child);
    return child.answer.nodeId;
  };
  const first = async (text: string, values: unknown[]): Promise<Date | null> =>
    (await query<{ at: Date | null }>(pool, text, values))[0]?.at ?? null;
  const until = async (read: () => Promise<Date | null>, withinMs: number) => {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await wait(50)) {
      const at = await read();
      if (at) return at;
    }
    return null;
  };

  const times: HotplugTimes = { joins: [], returns: [], releases: [], tasks: 0 };
  try {
    await plugIn('stays');
    const work = await submit(api, batchOf('load', 1, 1_000_000), 'load');
    const joinAndTime = async (name: string, into: number[]) => {
      const began = new Date();
      const nodeId = await plugIn(name);
      const at = await until(
        () =>
          first('SELECT min(started_at) AS at FROM attempts WHERE node_id = $1 AND started_at > $2', [nodeId, began]),
        30_000,
      );
      if (at) into.push((at.getTime() - began.getTime()) / 1000);
      return nodeId;
    };
    const pull = async (name: string, nodeId: string) => {
      const child = running.get(name)!;
      running.delete(name);
      child.process.kill('SIGKILL');
      const pulled = new Date();
      await child.exited;
      const [held] = await query<{ task: number }>(
        pool,
        `SELECT task_index AS task FROM attempts WHERE node_id = $1 AND state IN ('leased', 'running') LIMIT 1`,
        [nodeId],
      );
      if (!held) return;
      const at = await until(
        () =>
          first('SELECT min(leased_at) AS at FROM attempts WHERE job_id = $1 AND task_index = $2 AND leased_at > $3', [
            work.id,
            held.task,
            pulled,
          ]),
        60_000,
      );
      if (at) times.releases.push((at.getTime() - pulled.getTime()) / 1000);
    };

    const deadline = Date.now() + seconds * 1000;
    const pulls: Promise<void>[] = [];
    for (let n = 0; Date.now() < deadline; n++) {
      const name = `node-${n}`;
      const nodeId = await joinAndTime(name, times.joins);
      await wait(2000);
      pulls.push(pull(name, nodeId));
      // Every other node is plugged in again at once; the rest stay away, and their leases lapse.
      if (n % 2 === 0) {
        await pulls.pop();
        const again = await joinAndTime(name, times.returns);
        await wait(1000);
        pulls.push(pull(name, again));
      }
    }
    await Promise.all(pulls);
    const [{ done, results }] = (await query<{ done: number; results: number }>(
      pool,
      `SELECT (SELECT succeeded FROM jobs WHERE id = $1) AS done,
              (SELECT count(DISTINCT task_index)::integer FROM results WHERE job_id = $1) AS results`,
      [work.id],
    )) as [{ done: number; results: number }];
    if (done !== results) throw new Error(`${done} tasks succeeded and ${results} have results`);
    times.tasks = done;
    return times;
  } finally {
    await pool.end();
    for (const { process: child } of [...running.values(), scheduler]) child.kill('SIGKILL');
    await scheduler.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}
