/** Who belongs to the farm, how both ends of a connection prove it, and how a connection comes about that cannot be dialled. */
export * from './identity.js';
export { createAuthority, loadAuthority, certificateToPem, type Authority, type Credentials } from './authority.js';
export { createCertificateRequest, type CertificateRequest } from './certificate-request.js';
export * from './join-token.js';
export { fetchAndPinAuthority, pinOfCertificate } from './pin.js';
export * from './ticket.js';
export { Tunnel, type TunnelChunk, type TunnelStream } from './tunnel.js';
export { wrapKey, unwrapKey, wrappingSecret } from './key-wrap.js';
export {
  tlsClientOptions,
  tlsServerOptions,
  identityOfSocket,
  type ClientCredentials,
  type ExpectedPeer,
  type TlsServerSettings,
} from './tls.js';
export { serverCredentials, clientCredentials, peerIdentity } from './grpc.js';
