/** Who this node is, across restarts: key, certificate and the authority it joined under, in one file of mode 0600. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AtelierError } from '@atelier/contracts';
import { identityOf, type Credentials } from '@atelier/trust';
import { writeDurably } from '../node/durable-file.js';

/** Where the identity is kept. */
export const identityPath = (dataDir: string) => join(dataDir, 'identity.json');

type StoredIdentity = Pick<Credentials, 'authorityPem' | 'certificatePem' | 'privateKeyPem'>;

/** Undefined where this node has not joined yet. Throws AtelierError `invalid_request` for a damaged file. */
export async function readIdentity(dataDir: string): Promise<Credentials | undefined> {
  const path = identityPath(dataDir);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const { authorityPem, certificatePem, privateKeyPem } = JSON.parse(text) as StoredIdentity;
    const { subjectAltName = '' } = new X509Certificate(certificatePem);
    return { identity: identityOf({ subjectaltname: subjectAltName }), authorityPem, certificatePem, privateKeyPem };
  } catch {
    throw new AtelierError(
      'invalid_request',
      `The identity of this node in ${path} is damaged: delete it and join with a new token.`,
    );
  }
}

/** Stores who this node has become. */
export async function writeIdentity(dataDir: string, credentials: Credentials): Promise<void> {
  const { authorityPem, certificatePem, privateKeyPem } = credentials;
  const stored: StoredIdentity = { authorityPem, certificatePem, privateKeyPem };
  await writeDurably(identityPath(dataDir), `${JSON.stringify(stored, null, 2)}\n`);
}
