/** Mutual TLS for gRPC servers and clients. */
import { ChannelCredentials, ServerCredentials, type ChannelOptions, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Credentials } from './authority.js';
import { identityOf, requireIdentity, type Identity } from './identity.js';
import {
  identityCheck,
  serverName,
  tlsServerOptions,
  type ClientCredentials,
  type ExpectedPeer,
  type TlsServerSettings,
} from './tls.js';

// `ServerCredentials.createSsl` cannot ask for a certificate without requiring it, which a server that nodes join must.
class FarmServerCredentials extends ServerCredentials {
  constructor(credentials: Credentials, settings: TlsServerSettings) {
    const { requestCert, rejectUnauthorized, minVersion, ...context } = tlsServerOptions(credentials, settings);
    super({ requestCert, rejectUnauthorized, minVersion }, context);
  }
  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Credentials of a gRPC server. Calls learn who is there by `peerIdentity`. */
export function serverCredentials(credentials: Credentials, settings: TlsServerSettings = {}): ServerCredentials {
  return new FarmServerCredentials(credentials, settings);
}

/**
 * Credentials and channel options of a gRPC client that speaks only to a peer with the expected identity.
 * Without a certificate of its own (while joining) the client is anonymous.
 */
export function clientCredentials(
  { authorityPem, certificatePem, privateKeyPem }: ClientCredentials,
  expected: ExpectedPeer,
): { credentials: ChannelCredentials; options: ChannelOptions } {
  const bytes = (pem?: string) => (pem === undefined ? null : Buffer.from(pem));
  return {
    credentials: ChannelCredentials.createSsl(bytes(authorityPem), bytes(privateKeyPem), bytes(certificatePem), {
      checkServerIdentity: identityCheck(expected),
    }),
    options: { 'grpc.ssl_target_name_override': serverName },
  };
}

/**
 * Who calls. Throws `unauthenticated` where the caller shows no certificate of the farm or is not the expected one.
 */
export function peerIdentity(
  call: Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>,
  expected?: ExpectedPeer,
): Identity {
  const identity = identityOf(call.getAuthContext().sslPeerCertificate);
  if (expected !== undefined) requireIdentity(identity, expected);
  return identity;
}
