/** How a node comes into the farm: it pins the authority, says the secret, and gets a certificate. */
import { setTimeout as wait } from 'node:timers/promises';
import { Metadata } from '@grpc/grpc-js';
import { AtelierError, fromGrpcStatus, registryProto } from '@atelier/contracts';
import {
  certificateToPem,
  clientCredentials,
  createCertificateRequest,
  fetchAndPinAuthority,
  parseJoinToken,
  pinOfCertificate,
  type Credentials,
  type JoinToken,
} from '@atelier/trust';
import { formatAddress, type Address } from '../node/address.js';
import { backoffMs } from '../node/backoff.js';
import { readIdentity, writeIdentity } from './identity-file.js';

export interface JoinOptions {
  scheduler: Address;
  token: string | undefined;
  dataDir: string;
  /** How the node shall be called in the farm. */
  nodeName: string;
  /** What tells this machine from others; empty where nothing does. */
  hardwareId(): Promise<string>;
  /** How long a scheduler that does not answer yet is waited for. @default 20000 */
  patienceMs?: number;
}

/** Who this node is: as stored, when it belongs to the token's farm or no token is given; else it joins. */
export async function obtainIdentity(options: JoinOptions): Promise<{ credentials: Credentials; joined: boolean }> {
  const stored = await readIdentity(options.dataDir);
  const token = options.token === undefined ? undefined : parseJoinToken(options.token);
  if (stored && (!token || token.pin === pinOfCertificate(stored.authorityPem)))
    return { credentials: stored, joined: false };
  if (!token) throw notJoined();
  return { credentials: await join(options, token), joined: true };
}

const notJoined = () =>
  new AtelierError(
    'unauthenticated',
    'This node has not joined a farm yet: give it a token that `atelier token` made, by --token or ATELIER_JOIN_TOKEN.',
  );

/** SHA-256 of the public key of the farm that the node joins, or has joined. Throws `unauthenticated` where it knows none. */
export async function farmPin(dataDir: string, tokenText: string | undefined): Promise<string> {
  if (tokenText !== undefined) return parseJoinToken(tokenText).pin;
  const stored = await readIdentity(dataDir);
  if (!stored) throw notJoined();
  return pinOfCertificate(stored.authorityPem);
}

/** Joins with the token, whoever the node was before, and stores who it has become. */
async function join(options: JoinOptions, token: JoinToken): Promise<Credentials> {
  const { patienceMs = 20_000, dataDir } = options;
  const deadline = performance.now() + patienceMs;
  for (let tries = 1; ; tries++) {
    try {
      const credentials = await joinOnce(options, token);
      await writeIdentity(dataDir, credentials);
      return credentials;
    } catch (error) {
      const comesUp = error instanceof AtelierError && error.code === 'unavailable' && performance.now() < deadline;
      if (!comesUp) throw error;
      await wait(backoffMs(tries, 250, 2_000));
    }
  }
}

async function joinOnce({ scheduler, nodeName, hardwareId }: JoinOptions, token: JoinToken): Promise<Credentials> {
  const authorityPem = await fetchAndPinAuthority(scheduler.host, scheduler.port, token.pin);
  const { der, privateKeyPem } = await createCertificateRequest();
  const { credentials, options } = clientCredentials({ authorityPem }, { role: 'scheduler' });
  const client = new registryProto.RegistryServiceClient(formatAddress(scheduler), credentials, options);
  const request: registryProto.JoinRequest = {
    tokenId: token.id,
    tokenSecret: token.secret,
    certificateRequest: Buffer.from(der),
    nodeName,
    hardwareId: await hardwareId(),
  };
  try {
    const { nodeId, certificate } = await new Promise<registryProto.JoinResponse>((resolve, reject) =>
      client.join(request, new Metadata(), { deadline: Date.now() + 15_000 }, (error, response) =>
        error ? reject(fromGrpcStatus(error)) : resolve(response),
      ),
    );
    const certificatePem = certificateToPem(new Uint8Array(certificate));
    return { identity: { role: 'node', id: nodeId }, authorityPem, certificatePem, privateKeyPem };
  } finally {
    client.close();
  }
}
