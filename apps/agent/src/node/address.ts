/** host:port, with an IPv6 host in brackets. */
import { once } from 'node:events';
import { BlockList, connect, isIPv6 } from 'node:net';
import { AtelierError } from '@atelier/contracts';

export interface Address {
  host: string;
  port: number;
}

/** Reads `text`; `what` names it in the sentence of the AtelierError `invalid_request`. */
export function parseAddress(text: string, what: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed)))
    throw new AtelierError('invalid_request', `${what} is "${text}"; it must be HOST:PORT, such as 192.168.1.10:7862.`);
  return { host, port };
}

export const formatAddress = ({ host, port }: Address) => (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`);

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export const isLoopback = (host: string) =>
  host === 'localhost' || loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');

const isWildcard = (host: string) => host === '0.0.0.0' || host === '::';

/** Where `peer` can dial what listens on `listening`: any address of this machine becomes the one towards the peer. */
export async function advertisedAddress(listening: Address, peer: Address): Promise<Address> {
  if (!isWildcard(listening.host)) return listening;
  return { host: await localHostTowards(peer), port: listening.port };
}

/** The address of this machine from which `peer` is reached. Rejects where it is not. */
async function localHostTowards(peer: Address): Promise<string> {
  const socket = connect(peer);
  socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer from ${formatAddress(peer)} within 10 s`)));
  try {
    await once(socket, 'connect');
    // A socket of both families shows IPv4 as ::ffff:192.168.1.10.
    return socket.localAddress!.replace(/^::ffff:/, '');
  } finally {
    socket.destroy();
  }
}
