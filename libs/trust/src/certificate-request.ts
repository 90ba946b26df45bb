import { createKeyPair, privateKeyToPem, signingAlgorithm, x509 } from './x509.js';

export interface CertificateRequest {
  /** PKCS #10, DER. */
  der: Uint8Array;
  /** PKCS #8; it never leaves the machine that made it. */
  privateKeyPem: string;
}

/** A new key and the request to certify it. The request names nobody: the signer decides who that is. */
export async function createCertificateRequest(): Promise<CertificateRequest> {
  const keys = await createKeyPair();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ keys: keys, signingAlgorithm });
  return { der: new Uint8Array(request.rawData), privateKeyPem: await privateKeyToPem(keys.privateKey) };
}
