/** Finds the scheduler of a farm on the local network. Whoever answers is believed only if it holds the farm's key. */
import { Bonjour, type Service } from 'bonjour-service';
import { AtelierError, mdnsServiceType } from '@atelier/contracts';
import { fetchAndPinAuthority } from '@atelier/trust';
import type { Logger } from '@atelier/telemetry';
import type { Address } from '../node/address.js';

export interface DiscoverOptions {
  /** SHA-256 of the farm's public key, from the token or from when the node joined. */
  pin: string;
  /** How long is looked. @default 20000 */
  timeoutMs?: number;
  /** Options of the socket, for tests. */
  socket?: object;
  log: Logger;
}

/** An address is asked for its key for so long. */
const pinTimeoutMs = 3000;

/** The address at which the farm's scheduler answers. Throws `unavailable` where none is found. */
export async function discoverScheduler(options: DiscoverOptions): Promise<Address> {
  const { pin, timeoutMs = 20_000, socket = {}, log } = options;
  const bonjour = new Bonjour(socket, (error: Error) => log.warn({ why: error.message }, 'mDNS does not work here'));
  const asked = new Set<string>();
  try {
    return await new Promise<Address>((resolve, reject) => {
      const nobody = `No scheduler of this farm was found by mDNS within ${timeoutMs / 1000} s: give its address, --join HOST:PORT.`;
      const timer = setTimeout(() => reject(new AtelierError('unavailable', nobody)), timeoutMs);
      const ask = (service: Service) => {
        for (const address of addressesOf(service)) {
          const key = JSON.stringify(address);
          if (asked.has(key)) continue;
          asked.add(key);
          fetchAndPinAuthority(address.host, address.port, pin, pinTimeoutMs).then(
            () => {
              clearTimeout(timer);
              resolve(address);
            },
            (error: Error) => log.info({ ...address, why: error.message }, 'found by mDNS, and passed over'),
          );
        }
      };
      bonjour.find({ type: mdnsServiceType }, ask).on('srv-update', ask);
    });
  } finally {
    bonjour.destroy();
  }
}

/** Where a service may answer: at what it says, and where its answer came from. */
function addressesOf({ addresses = [], referer, port }: Service): Address[] {
  const hosts = [...(referer ? [referer.address] : []), ...addresses];
  // Link-local addresses are good on one interface only, which nobody names here.
  return [...new Set(hosts)].filter((host) => !host.toLowerCase().startsWith('fe80:')).map((host) => ({ host, port }));
}
