/** The farm's certificate authority: it says who a certificate speaks for, whatever the request asked. */
import { randomBytes } from 'node:crypto';
import { AtelierError } from '@atelier/contracts';
import { createCertificateRequest } from './certificate-request.js';
import { identityUri, type Identity } from './identity.js';
import { createKeyPair, keyPairFromPem, pinOf, privateKeyToPem, signingAlgorithm, x509 } from './x509.js';

/** What one side of a TLS connection holds: its own certificate and key, and the authority it believes. */
export interface Credentials {
  identity: Identity;
  authorityPem: string;
  /** The certificate alone, without the authority's. */
  certificatePem: string;
  privateKeyPem: string;
}

export interface Authority {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** SHA-256 of the public key in hex, as join tokens carry it. */
  readonly pin: string;
  /**
   * Signs a PKCS #10 request (DER) for `identity`. Subject and extensions of the request are ignored; its signature is
   * checked, so that the asker holds the key.
   * @returns the certificate, DER.
   * @throws AtelierError `invalid_request` where the request cannot be read or its signature is wrong.
   */
  issue(identity: Identity, certificateRequest: Uint8Array): Promise<Uint8Array>;
  /** A new key with its certificate, for the process that holds the authority. */
  createCredentials(identity: Identity): Promise<Credentials>;
}

/**
 * Certificates live as long as the authority: access ends when the scheduler forgets a node, not on a date that takes
 * down a farm nobody has touched for a year.
 */
const lifetimeYears = 20;
/** Clocks of machines that come into a farm may be a day behind. */
const clockToleranceMs = 24 * 3600 * 1000;

function validity() {
  const notBefore = new Date(Date.now() - clockToleranceMs);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notAfter.getFullYear() + lifetimeYears);
  return { notBefore, notAfter };
}

// RFC 5280: at most 20 octets and positive, so the first bit stays clear.
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0]! &= 0x7f;
  return bytes.toString('hex');
}

/** A new authority with its own key. */
export async function createAuthority(): Promise<Authority> {
  const keys = await createKeyPair();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=Atelier farm authority',
    keys: keys,
    signingAlgorithm,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return loadAuthority(certificate.toString('pem'), await privateKeyToPem(keys.privateKey));
}

/** The authority that was stored as two PEM texts. */
export async function loadAuthority(certificatePem: string, privateKeyPem: string): Promise<Authority> {
  const certificate = new x509.X509Certificate(certificatePem);
  const { privateKey } = await keyPairFromPem(privateKeyPem);

  async function issue(identity: Identity, certificateRequest: Uint8Array): Promise<Uint8Array> {
    const uri = identityUri(identity);
    const { publicKey } = await readRequest(certificateRequest);
    const issued = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: [{ CN: [identity.id] }],
      issuer: certificate.subjectName,
      publicKey,
      signingKey: privateKey,
      signingAlgorithm,
      ...validity(),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension([{ type: 'url', value: uri }]),
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
      ],
    });
    return new Uint8Array(issued.rawData);
  }

  async function createCredentials(identity: Identity): Promise<Credentials> {
    const request = await createCertificateRequest();
    const issued = await issue(identity, request.der);
    return {
      identity,
      authorityPem: certificatePem,
      certificatePem: certificateToPem(issued),
      privateKeyPem: request.privateKeyPem,
    };
  }

  return { certificatePem, privateKeyPem, pin: pinOf(certificate.publicKey.rawData), issue, createCredentials };
}

/** A certificate in DER as PEM. */
export function certificateToPem(der: Uint8Array): string {
  return x509.PemConverter.encode(new Uint8Array(der), 'CERTIFICATE');
}

async function readRequest(der: Uint8Array) {
  try {
    const request = new x509.Pkcs10CertificateRequest(new Uint8Array(der));
    if (await request.verify()) return request;
  } catch {
    // Unreadable and wrongly signed requests get the same answer.
  }
  throw new AtelierError(
    'invalid_request',
    'The certificate request is not a PKCS #10 request (DER) signed by its own key.',
  );
}
