/** What an agent is started with. */
import { hostname } from 'node:os';
import { AtelierError } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import { createLogger } from '@atelier/telemetry';
import { RecentLines } from './telemetry/recent-lines.js';
import { isLoopback, parseAddress, type Address } from './node/address.js';

export interface AgentOptions {
  /** host:port of the scheduler's gRPC server; `auto` finds it on the local network. */
  join: string;
  /** Join token. A node that has joined before needs none. */
  token?: string;
  /** Folder of the node's identity and its spool; made where it is missing. One agent at a time uses it. */
  dataDir: string;
  /** host:port to serve on. @default 0.0.0.0:7862; a free port of 127.0.0.1 where the scheduler is on loopback, or comes in by `dialOut` */
  listen?: string;
  /** host:port under which the scheduler reaches this agent. @default the address of this machine on the way to the scheduler */
  advertise?: string;
  /** The scheduler cannot dial this machine: it comes in through a stream that the agent opens. @default false */
  dialOut?: boolean;
  /** How the node is called in the farm. @default the host name */
  name?: string;
  /** Folders in which models are looked for. */
  modelFolders: string[];
  /** What the engine computes on, such as `cpu` or `webgpu`. @default the best there is */
  provider?: string;
  /** Threads of the engine on a CPU. @default as many as there are cores */
  threads?: number;
  /** Port of `/metrics` on 127.0.0.1. @default any free one */
  metricsPort?: number;
  /** Seconds without work after which an engine lets go of its networks. @default 300 */
  idleUnloadSeconds?: number;
  /** @default JSON lines on stderr */
  logger?: Logger;
}

export interface CompiledOptions {
  scheduler: Address;
  token: string | undefined;
  dataDir: string;
  listen: Address;
  advertise: Address | undefined;
  dialOut: boolean;
  name: string;
  modelFolders: string[];
  engine: { provider?: string; threads?: number };
  metricsPort: number;
  idleUnloadMs: number;
  log: Logger;
  /** What was logged lately; empty with a logger from outside. */
  recentLines: RecentLines;
}

const defaultPort = 7862;

/** Options with every default filled in. Throws AtelierError `invalid_request` for an address that is none. */
export function compileOptions(options: AgentOptions): CompiledOptions {
  const { token, dataDir, modelFolders, provider, threads } = options;
  const scheduler = parseAddress(options.join, 'The address to join');
  const recentLines = new RecentLines();
  const { dialOut = false } = options;
  if (dialOut && options.advertise !== undefined)
    throw new AtelierError(
      'invalid_request',
      'An agent that dials out is not dialled: leave out --advertise or --dial-out.',
    );
  const fromHere = dialOut || isLoopback(scheduler.host);
  const listen = options.listen ?? (fromHere ? '127.0.0.1:0' : `0.0.0.0:${defaultPort}`);
  return {
    scheduler,
    token,
    dataDir,
    listen: parseAddress(listen, 'The address to listen on'),
    advertise:
      options.advertise === undefined ? undefined : parseAddress(options.advertise, 'The address to advertise'),
    dialOut,
    name: options.name ?? hostname(),
    modelFolders,
    engine: { ...(provider !== undefined && { provider }), ...(threads !== undefined && { threads }) },
    metricsPort: options.metricsPort ?? 0,
    idleUnloadMs: (options.idleUnloadSeconds ?? 300) * 1000,
    log: options.logger ?? createLogger({ name: 'agent', also: recentLines }),
    recentLines,
  };
}
