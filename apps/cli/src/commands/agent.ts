import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '../config.js';
import type { CommonOptions } from '../client/connect.js';
import { wholeNumber } from '../options.js';
import { createOutput } from '../output/output.js';
import { stopRequested, within } from '../process/stop.js';
import { reportToParent, type AgentReport } from '../up/agent-report.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  join: string;
  token?: string;
  listen?: string;
  advertise?: string;
  dialOut?: boolean;
  data?: string;
  name?: string;
  provider?: string;
  threads?: string;
}

/** Longest time for handing back what runs and taking leave. */
const leaveMs = 10_000;

export const define: Define = (command) =>
  command
    .requiredOption('--join <host:port>', 'where the scheduler answers agents; auto finds it on the local network')
    .option('--token <token>', 'what "atelier token" printed; ATELIER_JOIN_TOKEN keeps it out of the process list')
    .option('--listen <host:port>', 'address to serve on')
    .option('--advertise <host:port>', 'address under which the scheduler reaches this machine')
    .option(
      '--dial-out',
      'for a machine that the scheduler cannot reach: it comes in through a stream that the agent opens',
    )
    .option('--data <dir>', 'folder for keys and spooled pictures (default: ~/.atelier/agent)')
    .option('--name <name>', 'name of the node (default: the host name)')
    .option('--provider <name>', 'what to compute on, such as cpu or webgpu (default: the best there is)')
    .option('--threads <n>', `threads of the CPU engine (default: ${availableParallelism()}, all cores)`)
    .addHelpText('after', '\nModels are looked for in the folders of ATELIER_MODELS.')
    .action(async (options: Options) => {
      const config = readConfig();
      const token = options.token ?? process.env.ATELIER_JOIN_TOKEN;
      const stop = stopRequested();
      const { startAgent } = await import('@atelier/agent');
      const agent = await startAgent({
        join: options.join,
        dataDir: resolve(options.data ?? join(config.home, 'agent')),
        modelFolders: config.modelFolders,
        ...(token && { token }),
        ...(options.listen && { listen: options.listen }),
        ...(options.advertise && { advertise: options.advertise }),
        ...(options.dialOut && { dialOut: true }),
        ...(options.name && { name: options.name }),
        ...(options.provider && { provider: options.provider }),
        ...(options.threads && { threads: wholeNumber('--threads', options.threads, 1) }),
      });
      const report = (): AgentReport => ({
        nodeId: agent.nodeId,
        grpc: agent.grpcAddress,
        metrics: agent.metricsAddress,
        enginePids: agent.enginePids(),
      });
      const reporting = reportToParent(report);
      createOutput(options).answer(report(), () => `Node ${agent.nodeId} serves on ${agent.grpcAddress}.`);
      await stop;
      reporting.stop();
      await within(leaveMs, agent.close());
      process.exit(0);
    });
