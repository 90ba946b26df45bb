/** Who a certificate speaks for. The URI SAN `atelier://<role>/<id>` is the only thing that counts: never a subject, never an address. */
import { AtelierError } from '@atelier/contracts';
import type { PeerCertificate } from 'node:tls';

export const roles = ['scheduler', 'node'] as const;
export type Role = (typeof roles)[number];

export interface Identity {
  role: Role;
  id: string;
}

const uriPattern = /^atelier:\/\/(scheduler|node)\/([A-Za-z0-9_-]{1,64})$/;

/** The URI that goes into a certificate. Throws `invalid_request` where the id has other characters than `A-Z a-z 0-9 _ -`. */
export function identityUri({ role, id }: Identity): string {
  const uri = `atelier://${role}/${id}`;
  if (!uriPattern.test(uri))
    throw new AtelierError(
      'invalid_request',
      `The id "${id}" of a ${role} must be 1 to 64 letters, digits, underscores or hyphens.`,
    );
  return uri;
}

/**
 * The identity that a verified peer certificate names. It must hold exactly one URI, so that nobody can speak for two.
 * @throws AtelierError `unauthenticated` where the certificate names nobody.
 */
export function identityOf(certificate: Pick<PeerCertificate, 'subjectaltname'> | undefined): Identity {
  const uris = (certificate?.subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => uriPattern.exec(name.slice('URI:'.length)));
  const [, role, id] = (uris.length === 1 && uris[0]) || [];
  if (role === undefined || id === undefined)
    throw new AtelierError('unauthenticated', 'The peer shows no certificate of this farm.');
  return { role: role as Role, id };
}

/** Throws `unauthenticated` unless `found` has the role, and the id where one is expected. */
export function requireIdentity(found: Identity, expected: { role: Role; id?: string }): void {
  if (found.role === expected.role && (expected.id === undefined || found.id === expected.id)) return;
  const wanted = expected.id === undefined ? `a ${expected.role}` : `the ${expected.role} ${expected.id}`;
  throw new AtelierError('unauthenticated', `Expected ${wanted}, but the peer is the ${found.role} ${found.id}.`);
}
