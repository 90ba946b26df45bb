import { networkInterfaces, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { SafetyPolicy } from '@atelier/contracts';
import type { Policy } from '@atelier/scheduling';
import type { Logger } from '@atelier/telemetry';

export interface SchedulerOptions {
  /** Folder of the pictures, thumbnails and the secret; without `databaseUrl` of the database, too. */
  dataDir: string;
  /** PostgreSQL server. @default a database of our own in `dataDir` */
  databaseUrl?: string;
  /** NATS server that carries events to other schedulers. @default within this process only */
  natsUrl?: string;
  /** Address that the page, the API, agents and uploads are served on. */
  host: string;
  /** Port of the page and the API; 0 takes any free one. */
  port: number;
  /** Port that agents join on; 0 takes any free one. */
  grpcPort: number;
  /** Port for the pictures of agents; 0 takes any free one. @default 0 */
  uploadPort?: number;
  /** Host name or address under which agents reach this machine. @default `host`, or where that is a wildcard the first outward address */
  advertise?: string;
  /** Folders in which models lie. */
  modelFolders: readonly string[];
  /** Whole seconds of silence after which a node’s leases lapse. @default 15 */
  leaseSeconds?: number;
  /** Whole seconds between two heartbeats of a session. @default 3 */
  heartbeatSeconds?: number;
  /** Whether nodes draw a known picture before their first task. @default true */
  acceptanceTest?: boolean;
  /** Name of the safety checker that judges pictures. @default none judges */
  safetyChecker?: string;
  /** What it does for projects that do not say. @default 'withhold' */
  safety?: SafetyPolicy;
  /** Whether agents of the local network find this scheduler by mDNS. @default unless `host` is this machine alone */
  announce?: boolean;
  /** Decides in the place of the farm's own policy: for benchmarks that compare it with others. @default the farm's own */
  policy?: Policy;
  /** Folder of the page's built files. @default the dashboard's */
  pageFolder?: string;
  logger: Logger;
}

/** What has no default that could be filled in. */
type Optional = 'databaseUrl' | 'natsUrl' | 'safetyChecker' | 'policy';

export type CompleteOptions = Readonly<Required<Omit<SchedulerOptions, Optional>>> & Pick<SchedulerOptions, Optional>;

const wildcards = ['0.0.0.0', '::', ''];

/** The options with their defaults. */
export function completeOptions(options: SchedulerOptions): CompleteOptions {
  return Object.freeze({
    uploadPort: 0,
    advertise: wildcards.includes(options.host) ? outwardAddress() : options.host,
    leaseSeconds: 15,
    heartbeatSeconds: 3,
    acceptanceTest: true,
    safety: 'withhold' as const,
    announce: !['localhost', '::1'].includes(options.host) && !options.host.startsWith('127.'),
    pageFolder: fileURLToPath(new URL('../../dashboard/dist/', import.meta.url)),
    ...options,
  });
}

/** Host and port as they stand in an address: IPv6 in brackets. */
export const authority = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** What browsers may call this server when it listens on `host`: its own names, nobody else's. */
export function ownHosts({ host, advertise }: Pick<CompleteOptions, 'host' | 'advertise'>, port: number): string[] {
  const loopback = ['127.0.0.1', 'localhost', '::1'];
  const others = wildcards.includes(host) ? [hostname(), ...addresses()] : [host];
  return [...new Set([...loopback, ...others, advertise])].map((name) => authority(name.toLowerCase(), port));
}

function addresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((found) => (found ?? []).map(({ address }) => address));
}

function outwardAddress(): string {
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return found.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
