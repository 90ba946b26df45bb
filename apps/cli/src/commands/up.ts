import { resolve } from 'node:path';
import type { CommonOptions } from '../client/connect.js';
import { readConfig } from '../config.js';
import { plural } from '../output/format.js';
import { portNumber, wholeNumber } from '../options.js';
import { createOutput } from '../output/output.js';
import { stopRequested } from '../process/stop.js';
import type { Farm } from '../up/farm.js';
import { requireFreePort } from '../up/port.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  agents: string;
  port: string;
  data?: string;
  restart: boolean;
}

const host = '127.0.0.1';

export const define: Define = (command) =>
  command
    .option('--agents <n>', 'agent processes', '1')
    .option('--port <port>', `port of the page and the API on ${host}; 0 takes any free one`, '7860')
    .option('--data <dir>', 'folder of the database, the pictures and run.json (default: ~/.atelier/farm)')
    .option('--no-restart', 'do not start an agent again that ended')
    .action(async (options: Options) => {
      const config = readConfig();
      const output = createOutput(options);
      const agents = wholeNumber('--agents', options.agents, 0, 64);
      const port = portNumber('--port', options.port);
      const dataDir = resolve(options.data ?? config.dataDir);
      await requireFreePort(host, port);

      let farm: Farm | undefined = undefined;
      const stop = stopRequested(() => farm?.kill()).then(() => null);
      const { startFarm } = await import('../up/farm.js');
      const note = (text: string) => output.note(text);
      farm = await startFarm({ config, dataDir, host, port, agents, restart: options.restart, note });
      try {
        const run = await Promise.race([farm.ready, stop]);
        if (run) {
          output.answer(run, () => `A farm with ${plural(agents, 'agent')} runs: ${run.api}`);
          if (!output.json) note(`Its data and logs are in ${dataDir}. Ctrl-C ends it.`);
          await stop;
          if (!output.json) note('Stopping.');
        }
      } finally {
        await farm.close();
      }
      process.exit(0);
    });
