/** The agent as a program of its own, for nodes on which nothing else of Atelier runs. `--help` names its options. */
import { homedir, hostname } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AtelierError, errorCatalogue } from '@atelier/contracts';
import { startAgent } from './agent.js';

const usage = `Usage: node main.js --join HOST:PORT [options]

  --join HOST:PORT       where the scheduler answers agents; auto finds it on the local network
  --token TOKEN          what "atelier token" printed (or ATELIER_JOIN_TOKEN); a node that has joined needs none
  --data DIR             folder for identity and spool (default: ~/.atelier/agent)
  --listen HOST:PORT     address to serve on
  --advertise HOST:PORT  address under which the scheduler reaches this machine
  --dial-out             for a machine that the scheduler cannot reach: it comes in through a stream that the agent opens
  --name NAME            name of the node (default: ${hostname()})
  --provider NAME        what to compute on, such as cpu or webgpu
  --threads N            threads of the engine on a CPU
  --metrics-port N       port of /metrics on 127.0.0.1

Models are looked for in the folders of ATELIER_MODELS.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      join: { type: 'string' },
      token: { type: 'string', default: process.env.ATELIER_JOIN_TOKEN },
      data: { type: 'string' },
      listen: { type: 'string' },
      advertise: { type: 'string' },
      'dial-out': { type: 'boolean' },
      name: { type: 'string' },
      provider: { type: 'string' },
      threads: { type: 'string' },
      'metrics-port': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const { token, listen, advertise, name, provider, threads } = values;
  if (values.join === undefined)
    throw new AtelierError('invalid_request', '--join HOST:PORT is missing; --help tells more.');
  const home = process.env.ATELIER_HOME || join(homedir(), '.atelier');
  const agent = await startAgent({
    join: values.join,
    dataDir: resolve(values.data ?? join(home, 'agent')),
    modelFolders: (process.env.ATELIER_MODELS ?? '').split(delimiter).filter(Boolean),
    ...(token && { token }),
    ...(listen && { listen }),
    ...(advertise && { advertise }),
    ...(values['dial-out'] && { dialOut: true }),
    ...(name && { name }),
    ...(provider && { provider }),
    ...(threads && { threads: wholeNumber(threads, '--threads') }),
    ...(values['metrics-port'] && { metricsPort: wholeNumber(values['metrics-port'], '--metrics-port') }),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void agent.close().finally(() => process.exit(0)));
}

function wholeNumber(text: string, option: string): number {
  if (!/^\d+$/.test(text))
    throw new AtelierError('invalid_request', `${option} is "${text}"; it must be a whole number.`);
  return Number(text);
}

main().catch((error: Error & { code?: string }) => {
  process.stderr.write(`error: ${error.message}\n`);
  const badInput =
    error.code?.startsWith('ERR_PARSE_ARGS') ||
    (error instanceof AtelierError && errorCatalogue[error.code].http < 500);
  process.exit(badInput ? 2 : 1);
});
