import type { Authorities } from '@atelier/store';
import { createAuthority, loadAuthority, unwrapKey, wrapKey, type Authority } from '@atelier/trust';

/**
 * The farm's certificate authority: made at the first start, kept in the database with its key wrapped by `secret`.
 * Throws `unauthenticated` when it was wrapped by another secret.
 */
export async function openAuthority(authorities: Authorities, secret: string): Promise<Authority> {
  const stored = (await authorities.get()) ?? (await authorities.create(await newAuthority(secret)));
  return loadAuthority(stored.certificate, Buffer.from(unwrapKey(stored.wrappedKey, secret)).toString('utf8'));
}

async function newAuthority(secret: string) {
  const { certificatePem, privateKeyPem } = await createAuthority();
  return { certificate: certificatePem, wrappedKey: wrapKey(Buffer.from(privateKeyPem), secret) };
}
