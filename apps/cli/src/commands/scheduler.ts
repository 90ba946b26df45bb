import { resolve } from 'node:path';
import type { CommonOptions } from '../client/connect.js';
import { readConfig } from '../config.js';
import { portNumber } from '../options.js';
import { createOutput } from '../output/output.js';
import { stopRequested, within } from '../process/stop.js';
import { requireFreePort } from '../up/port.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  host: string;
  port: string;
  grpcPort: string;
  data?: string;
  acceptanceTest: boolean;
}

const closeMs = 10_000;

export const define: Define = (command) =>
  command
    .option('--host <address>', 'address that everything is served on', '127.0.0.1')
    .option('--port <port>', 'port of the page and the API', '7860')
    .option('--grpc-port <port>', 'port that agents join on', '7861')
    .option('--data <dir>', 'folder of the pictures, and of the database without ATELIER_DATABASE_URL')
    .option('--no-acceptance-test', 'let nodes serve without having drawn the demo model’s known picture')
    .action(async (options: Options) => {
      const config = readConfig();
      const port = portNumber('--port', options.port);
      const grpcPort = portNumber('--grpc-port', options.grpcPort);
      await requireFreePort(options.host, port);
      await requireFreePort(options.host, grpcPort, '--grpc-port');
      const stop = stopRequested();
      const [{ startScheduler }, { createLogger }] = await Promise.all([
        import('@atelier/scheduler'),
        import('@atelier/telemetry'),
      ]);
      const scheduler = await startScheduler({
        dataDir: resolve(options.data ?? config.dataDir),
        ...(config.databaseUrl && { databaseUrl: config.databaseUrl }),
        ...(config.natsUrl && { natsUrl: config.natsUrl }),
        ...(config.safetyChecker && { safetyChecker: config.safetyChecker }),
        ...(config.safety && { safety: config.safety }),
        host: options.host,
        port,
        grpcPort,
        acceptanceTest: options.acceptanceTest,
        modelFolders: config.modelFolders,
        logger: createLogger({ name: 'scheduler' }),
      });
      const addresses = { pid: process.pid, api: scheduler.apiUrl, grpc: scheduler.grpcAddress };
      createOutput(options).answer(addresses, () => `Page and API: ${addresses.api}\nAgents join: ${addresses.grpc}`);
      await stop;
      await within(closeMs, scheduler.close());
      process.exit(0);
    });
