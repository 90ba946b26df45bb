/** TLS options for both ends of a connection inside the farm: TLS 1.3, our authority only, the peer known by its SAN. */
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import { AtelierError } from '@atelier/contracts';
import type { Credentials } from './authority.js';
import { identityOf, requireIdentity, type Identity, type Role } from './identity.js';

/** What a client must hold: before it has joined, only the authority that it pinned. */
export type ClientCredentials = Pick<Credentials, 'authorityPem'> & Partial<Credentials>;

export interface ExpectedPeer {
  role: Role;
  /** Any peer of the role where absent. */
  id?: string;
}

/** SNI may not be an address, and nobody looks at it: peers are known by their identity. */
export const serverName = 'atelier';

/** Options of `https.request` or `tls.connect` towards a peer with the expected identity. */
export function tlsClientOptions(credentials: ClientCredentials, expected: ExpectedPeer) {
  return {
    ca: credentials.authorityPem,
    cert: credentials.certificatePem,
    key: credentials.privateKeyPem,
    minVersion: 'TLSv1.3',
    servername: serverName,
    checkServerIdentity: identityCheck(expected),
  } satisfies ConnectionOptions;
}

/** Stands where Node compares host names: an error refuses the peer. */
export function identityCheck(expected: ExpectedPeer): NonNullable<ConnectionOptions['checkServerIdentity']> {
  return (_host, certificate) => {
    try {
      requireIdentity(identityOf(certificate), expected);
      return undefined;
    } catch (error) {
      return error as AtelierError;
    }
  };
}

export interface TlsServerSettings {
  /**
   * Whether a connection without a certificate of the farm is cut. Without it, `identityOfSocket` tells who is there.
   * @default true
   */
  requireClientCertificate?: boolean;
}

/**
 * Options of `https.createServer` or `tls.createServer`. The chain that is sent includes the authority's certificate:
 * that is where a joining node, which has none yet, finds the key to compare with its pin.
 */
export function tlsServerOptions(
  credentials: Credentials,
  { requireClientCertificate = true }: TlsServerSettings = {},
) {
  return {
    ca: credentials.authorityPem,
    cert: `${credentials.certificatePem.trim()}\n${credentials.authorityPem}`,
    key: credentials.privateKeyPem,
    minVersion: 'TLSv1.3',
    requestCert: true,
    rejectUnauthorized: requireClientCertificate,
  } satisfies TlsOptions;
}

/** Who is at the other end of an accepted connection. Throws `unauthenticated` where no certificate of the farm was shown. */
export function identityOfSocket(socket: TLSSocket): Identity {
  return identityOf(socket.authorized ? socket.getPeerCertificate() : undefined);
}
