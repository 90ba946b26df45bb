/** @peculiar/x509 needs Reflect's metadata before it loads, and a crypto engine. Everything here imports it through this file. */
import 'reflect-metadata';
import { createHash, createPrivateKey, createPublicKey, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

/** ECDSA on P-256: keys of 32 bytes, and every TLS 1.3 peer speaks it. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const signingAlgorithm = { ...keyAlgorithm, hash: 'SHA-256' } as const;

export const createKeyPair = () => webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);

/** A private key as PKCS #8 PEM. */
export async function privateKeyToPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** Both halves of a key pair from its private PEM. */
export async function keyPairFromPem(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const pkcs8 = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await webcrypto.subtle.importKey('pkcs8', pkcs8, keyAlgorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', spki, keyAlgorithm, true, ['verify']),
  };
}

/** SHA-256 of a public key (SubjectPublicKeyInfo, DER) in hex: what a join token pins. */
export function pinOf(spki: ArrayBuffer | Uint8Array): string {
  return createHash('sha256').update(new Uint8Array(spki)).digest('hex');
}

export { x509 };
