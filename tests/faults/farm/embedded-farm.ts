/** `atelier up`: scheduler and database in one process, which starts its agents and takes them with it when it dies. */
import { join } from 'node:path';
import { freePort, startFarm, type RunFile } from '../../support/farm.js';
import { gone } from '../../support/processes.js';
import { agentNames, type FaultyFarm } from './faulty-farm.js';

export interface FarmOptions {
  agents: number;
  /** Folder of everything that the farm keeps. */
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** Starts it. Nodes are known by the order in which `atelier up` names them. */
export async function startEmbeddedFarm({ agents, folder, env }: FarmOptions): Promise<FaultyFarm> {
  const start = async () => startFarm({ agents, dataDir: folder, port, env, readyMs: 240_000 });
  const port = await freePort();
  let farm = await start();
  const names = agentNames(agents);
  // run.json lists the agents that run, in their order; who is who is told by the node id.
  const nodeIds = farm.run().agents.map(({ nodeId }) => nodeId);
  const running = (): RunFile['agents'] => {
    try {
      return farm.run().agents;
    } catch {
      return [];
    }
  };
  return {
    mode: 'embedded',
    api: farm.run().api,
    databaseUrl: farm.run().databaseUrl,
    artifacts: join(folder, 'artifacts'),
    agentNames: names,
    schedulerPid: () => farm.process.pid!,
    agent(name) {
      const found = running().find(({ nodeId }) => nodeId === nodeIds[names.indexOf(name)]);
      return found && { name, pid: found.pid, grpcPort: Number(found.grpc.split(':').at(-1)) };
    },
    spool: (name) => join(folder, 'agents', name, 'spool'),
    async killScheduler() {
      const pids = running().map(({ pid }) => pid);
      farm.process.kill('SIGKILL');
      await gone(farm.process.pid!);
      // Those that are frozen stay, until somebody thaws them: two agents over one folder are part of the test.
      await Promise.race([Promise.all(pids.map(gone)), new Promise((wait) => setTimeout(wait, 3000))]);
      farm = await start();
    },
    output: () => farm.output(),
    stop: () => farm.stop(),
  };
}
