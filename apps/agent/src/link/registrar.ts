/** Tells the scheduler where this node can be dialled, again whenever no session is live. */
import { setTimeout as wait } from 'node:timers/promises';
import { Metadata } from '@grpc/grpc-js';
import { errorCatalogue, fromGrpcStatus, registryProto, AtelierError, type agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import { clientCredentials, type Credentials } from '@atelier/trust';
import { formatAddress, type Address } from '../node/address.js';
import { backoffMs } from '../node/backoff.js';

export interface RegistrarOptions {
  scheduler: Address;
  credentials: Credentials;
  /** host:port under which the scheduler shall dial, asked before each call: a laptop moves between networks. */
  advertise(): Promise<string>;
  inventory(): Promise<agentProto.Inventory>;
}

export interface ReachOptions {
  /** Makes the scheduler open a session. */
  reach(): Promise<void>;
  /** Whether a session is live. */
  connected(): boolean;
  log: Logger;
}

/** The scheduler dials back before it answers, so a firewall that drops packets takes a while to show. */
const callTimeoutMs = 30_000;
const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** A scheduler that lost the session dials again by itself; only after so long the agent asks for it. */
const graceMs = 3_000;

/** One registration. Rejects with AtelierError; `dial_back_failed` names address and firewall. */
export async function register(options: RegistrarOptions): Promise<void> {
  const request = { advertise: await options.advertise(), inventory: await options.inventory() };
  const tls = clientCredentials(options.credentials, { role: 'scheduler' });
  const client = new registryProto.RegistryServiceClient(
    formatAddress(options.scheduler),
    tls.credentials,
    tls.options,
  );
  try {
    await new Promise<void>((resolve, reject) =>
      client.register(request, new Metadata(), { deadline: Date.now() + callTimeoutMs }, (error) =>
        error ? reject(fromGrpcStatus(error)) : resolve(),
      ),
    );
  } finally {
    client.close();
  }
}

/** Reaches for the scheduler until `signal` aborts, whenever there has been no session for a while. */
export async function keepReaching(options: ReachOptions, signal: AbortSignal): Promise<void> {
  const rest = (ms: number) => wait(ms, undefined, { signal }).catch(() => undefined);
  for (let failures = 0; !signal.aborted;) {
    await rest(graceMs);
    if (signal.aborted || options.connected()) {
      failures = 0;
      continue;
    }
    try {
      await options.reach();
      failures = 0;
    } catch (error) {
      options.log.warn({ why: (error as Error).message }, 'the node is not registered and tries again');
      await rest(backoffMs(++failures, firstPauseMs, longestPauseMs));
    }
  }
}

/** Whether the same call may succeed later without a change. */
export const mayPass = (error: unknown) => !(error instanceof AtelierError) || errorCatalogue[error.code].retryable;
