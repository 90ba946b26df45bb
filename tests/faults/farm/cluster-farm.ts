/** PostgreSQL, NATS, a scheduler of its own, and agents that joined by token: each process dies alone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/farm.js';
import { startNats, stopNats } from '../../support/nats.js';
import { postgresUrl, startPostgres, stopPostgres } from '../../support/postgres.js';
import { gone } from '../../support/processes.js';
import { startCommand, type Child } from './child.js';
import type { FarmOptions } from './embedded-farm.js';
import { agentNames, type FaultyFarm } from './faulty-farm.js';

interface AgentAnswer {
  nodeId: string;
  grpc: string;
}

/** An agent that ended is started again after this long, as systemd would. */
const restartMs = 1000;

/** Starts all of it. */
export async function startClusterFarm({ agents, folder, env }: FarmOptions): Promise<FaultyFarm> {
  const [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
  const environment: NodeJS.ProcessEnv = {
    ATELIER_DATABASE_URL: postgresUrl(postgres, 'postgres'),
    ATELIER_NATS_URL: nats.url,
    ATELIER_SECRET: 'a secret of the whole farm',
    ...env,
  };
  const ports = { api: await freePort(), grpc: await freePort() };
  const data = join(folder, 'scheduler');
  mkdirSync(data, { recursive: true });
  const startScheduler = () =>
    startCommand<{ api: string; grpc: string }>(
      ['scheduler', '--port', String(ports.api), '--grpc-port', String(ports.grpc), '--data', data],
      environment,
    );
  let scheduler = await startScheduler();
  const { api, grpc } = scheduler.answer;

  let stopping = false;
  const names = agentNames(agents);
  const running = new Map<string, Child<AgentAnswer>>();
  const startAgent = async (name: string) => {
    const token = await fetch(`${api}/api/v1/tokens`, { method: 'POST' }).then(
      async (answer) => ((await answer.json()) as { token?: string }).token,
      () => undefined,
    );
    const args = ['agent', '--join', grpc, '--name', name, '--data', join(folder, 'agents', name), '--threads', '1'];
    const child = await startCommand<AgentAnswer>(args, {
      ...environment,
      ...(token && { ATELIER_JOIN_TOKEN: token }),
    });
    running.set(name, child);
    void child.exited.then(() => {
      running.delete(name);
      if (!stopping) void keepUp(name);
    });
  };
  const keepUp = async (name: string): Promise<void> => {
    await new Promise((wait) => setTimeout(wait, restartMs));
    if (!stopping) await startAgent(name).catch(() => keepUp(name));
  };
  await Promise.all(names.map(startAgent));

  return {
    mode: 'cluster',
    api,
    databaseUrl: environment.ATELIER_DATABASE_URL!,
    artifacts: join(data, 'artifacts'),
    agentNames: names,
    schedulerPid: () => scheduler.process.pid!,
    agent(name) {
      const child = running.get(name);
      return child && { name, pid: child.process.pid!, grpcPort: Number(child.answer.grpc.split(':').at(-1)) };
    },
    spool: (name) => join(folder, 'agents', name, 'spool'),
    async killScheduler() {
      scheduler.process.kill('SIGKILL');
      await gone(scheduler.process.pid!);
      scheduler = await startScheduler();
    },
    output: () => '',
    async stop() {
      stopping = true;
      const children = [...running.values(), scheduler];
      for (const { process: child } of children) child.kill('SIGTERM');
      const timer = setTimeout(() => children.forEach(({ process: child }) => child.kill('SIGKILL')), 15_000);
      await Promise.all(children.map(({ exited }) => exited));
      clearTimeout(timer);
      await stopPostgres(postgres);
      await stopNats(nats);
    },
  };
}
