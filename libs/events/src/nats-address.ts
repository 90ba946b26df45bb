import { AtelierError } from '@atelier/contracts';
import type { NodeConnectionOptions } from '@nats-io/transport-node';

/** What the client needs to reach the server that a URL names. Throws `invalid_request`. */
export function parseNatsUrl(natsUrl: string): NodeConnectionOptions {
  const url = URL.canParse(natsUrl) ? new URL(natsUrl) : null;
  if (!url || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '')
    throw new AtelierError(
      'invalid_request',
      `The NATS address is not of the form nats://[user:password@]host[:port] or tls://….`,
    );
  const [user, pass] = [url.username, url.password].map(decodeURIComponent);
  return {
    servers: `${url.hostname}:${url.port || 4222}`,
    ...(url.protocol === 'tls:' ? { tls: {} } : {}),
    ...(pass ? { user, pass } : user ? { token: user } : {}),
  };
}
