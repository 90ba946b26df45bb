/** A whole farm on this machine: the scheduler in this process, every agent in one of its own. */
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { startScheduler } from '@atelier/scheduler';
import { createLogger } from '@atelier/telemetry';
import { createClient } from '../client/client.js';
import type { Config } from '../config.js';
import { within } from '../process/stop.js';
import { AgentProcess } from './agent-process.js';
import { removeRunFile, writeRunFile, type RunFile } from './run-file.js';
import { tested } from './tested.js';

export interface FarmOptions {
  config: Config;
  dataDir: string;
  host: string;
  port: number;
  agents: number;
  /** Whether an agent that ended is started again. */
  restart: boolean;
  /** Something that a person should know. */
  note(text: string): void;
}

export interface Farm {
  /** Settles when every agent serves, its picture drawn and compared, and run.json is written; rejects when one cannot. */
  readonly ready: Promise<RunFile>;
  /** Lets agents hand back what they have, then ends everything, in bounded time. */
  close(): Promise<void>;
  /** Ends the agents at once. */
  kill(): void;
}

/** Longest time for agents to take leave, and for the scheduler to close after them. */
const agentLeaveMs = 10_000;
const closeMs = 5_000;

/** Longest time for agents to be tested before the farm counts as ready all the same. */
const testMs = 60_000;

/** Throws AtelierError `conflict` when another process uses the data folder. */
export async function startFarm(options: FarmOptions): Promise<Farm> {
  const { config, dataDir, host, port, note } = options;
  const logs = join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const scheduler = await startScheduler({
    dataDir,
    ...(config.databaseUrl && { databaseUrl: config.databaseUrl }),
    ...(config.natsUrl && { natsUrl: config.natsUrl }),
    ...(config.safetyChecker && { safetyChecker: config.safetyChecker }),
    ...(config.safety && { safety: config.safety }),
    host,
    port,
    grpcPort: 0,
    modelFolders: config.modelFolders,
    logger: createLogger({ name: 'scheduler', file: join(logs, 'scheduler.log') }),
  });

  let serving = false;
  const runFile = (): RunFile => ({
    pid: process.pid,
    api: scheduler.apiUrl,
    grpc: scheduler.grpcAddress,
    databaseUrl: scheduler.databaseUrl,
    agents: agents.map(({ running }) => running).filter((running) => running !== null),
  });
  const agents = Array.from({ length: options.agents }, (_, i) => {
    const name = `agent-${i + 1}`;
    return new AgentProcess({
      name,
      join: scheduler.grpcAddress,
      dataDir: join(dataDir, 'agents', name),
      logFile: join(logs, `${name}.log`),
      threads: Math.max(1, Math.floor(availableParallelism() / options.agents)),
      restart: options.restart,
      createToken: () => scheduler.createJoinToken(),
      onReport: () => void (serving && writeRunFile(dataDir, runFile())),
      note,
    });
  });

  return {
    ready: Promise.all(agents.map((agent) => agent.start())).then(async () => {
      const client = createClient({ address: scheduler.apiUrl, apiKey: config.apiKey });
      const nodeIds = runFile().agents.map(({ nodeId }) => nodeId);
      await tested(client, nodeIds, testMs);
      serving = true;
      writeRunFile(dataDir, runFile());
      return runFile();
    }),
    async close() {
      serving = false;
      removeRunFile(dataDir);
      await Promise.all(agents.map((agent) => agent.stop(agentLeaveMs)));
      await within(closeMs, scheduler.close());
    },
    kill: () => agents.forEach((agent) => agent.kill()),
  };
}
