/** Tells the local network where agents join, by mDNS (RFC 6762, 6763). Agents take only the address from it. */
import { Bonjour } from 'bonjour-service';
import { mdnsServiceType } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';

export interface Announcement {
  /** Of this scheduler: two on one network are told apart by it. */
  name: string;
  /** Port that agents join on. */
  port: number;
  /** Options of the socket, for tests. */
  socket?: object;
  logger: Logger;
}

/** Announces until it is stopped. A network without multicast is no reason not to serve. */
export function announce({ name, port, socket = {}, logger }: Announcement): () => Promise<void> {
  const trouble = (error: Error) => logger.warn({ why: error.message }, 'The scheduler cannot be found by mDNS.');
  const bonjour = new Bonjour(socket, trouble);
  const service = bonjour.publish({ name: `atelier ${name}`, type: mdnsServiceType, port, probe: false });
  service.on('error', trouble);
  return () =>
    new Promise((done) => {
      // Says goodbye first; a network that is gone is not waited for.
      const bound = setTimeout(done, 1000);
      bonjour.unpublishAll(() => {
        clearTimeout(bound);
        bonjour.destroy(() => done());
      });
    });
}
