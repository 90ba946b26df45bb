/** Finding the farm's authority over the network, believed only because its key's hash came with the token. */
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { AtelierError } from '@atelier/contracts';
import { certificateToPem } from './authority.js';
import { serverName } from './tls.js';
import { pinOf, x509 } from './x509.js';

/**
 * Connects without believing anything, takes the authority's certificate from the chain that the server sends and
 * compares its key with the pin. Nothing is sent. What comes back verifies the next connection, over which the secret goes.
 * @returns the authority's certificate, PEM.
 * @throws AtelierError `unauthenticated` where the pin does not match, `unavailable` where nobody answers in TLS.
 */
export async function fetchAndPinAuthority(
  host: string,
  port: number,
  pin: string,
  timeoutMs = 10_000,
): Promise<string> {
  const authorities = await selfSignedInChain(host, port, timeoutMs);
  const pinned = authorities.find((der) => pinOf(new x509.X509Certificate(der).publicKey.rawData) === pin);
  if (pinned === undefined)
    throw new AtelierError(
      'unauthenticated',
      `The scheduler at ${host}:${port} does not hold the key that the token pins: it is another farm, or somebody stands between. The secret was not sent.`,
    );
  return certificateToPem(pinned);
}

/** The pin of an authority that is already known by its certificate, PEM. */
export function pinOfCertificate(pem: string): string {
  return pinOf(new x509.X509Certificate(pem).publicKey.rawData);
}

function selfSignedInChain(host: string, port: number, timeoutMs: number): Promise<Uint8Array<ArrayBuffer>[]> {
  return new Promise((resolve, reject) => {
    const unavailable = (why: string) =>
      reject(new AtelierError('unavailable', `No scheduler answers at ${host}:${port}: ${why}.`));
    // Nothing is believed yet: the pin below decides.
    const socket = connect({ host, port, servername: serverName, ALPNProtocols: ['h2'], rejectUnauthorized: false });
    socket.setTimeout(timeoutMs, () => {
      unavailable(`no answer within ${timeoutMs / 1000} s`);
      socket.destroy();
    });
    socket.once('error', (error) => unavailable(error.message));
    socket.once('secureConnect', () => {
      resolve([...chain(socket.getPeerCertificate(true))].map((certificate) => new Uint8Array(certificate.raw)));
      socket.destroy();
    });
  });
}

// Node links a self-signed certificate to itself.
function* chain(leaf: DetailedPeerCertificate): Generator<DetailedPeerCertificate> {
  for (let certificate = leaf; ; certificate = certificate.issuerCertificate) {
    if (!certificate?.raw) return;
    if (certificate.issuerCertificate === certificate) yield certificate;
    if (!certificate.issuerCertificate || certificate.issuerCertificate === certificate) return;
  }
}
