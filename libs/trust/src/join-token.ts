/** Join tokens `at1.<id>.<secret>.<pin>`: what an operator carries to a new node by hand. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AtelierError } from '@atelier/contracts';

export interface JoinToken {
  /** Names the token's row; no secret. */
  id: string;
  /** 32 random bytes, base64url. The scheduler keeps only its hash. */
  secret: string;
  /** SHA-256 of the authority's public key in hex. */
  pin: string;
  /** The whole token as it is handed over. */
  text: string;
}

const tokenPattern = /^at1\.([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{43})\.([0-9a-f]{64})$/;

/** A new token for the authority with this pin. */
export function createJoinToken(authorityPin: string): JoinToken {
  const id = randomBytes(9).toString('base64url');
  const secret = randomBytes(32).toString('base64url');
  return { id, secret, pin: authorityPin, text: `at1.${id}.${secret}.${authorityPin}` };
}

/** @throws AtelierError `invalid_request` where the text has another form. */
export function parseJoinToken(text: string): JoinToken {
  const [, id, secret, pin] = tokenPattern.exec(text.trim()) ?? [];
  if (id === undefined || secret === undefined || pin === undefined)
    throw new AtelierError(
      'invalid_request',
      'The join token is malformed: it must read at1.<id>.<secret>.<pin>, exactly as `atelier token` printed it.',
    );
  return { id, secret, pin, text: text.trim() };
}

/** What is stored of a secret. It has 256 random bits, so that a plain hash cannot be guessed back. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether `secret` is the one whose hash is stored, in constant time. */
export function verifySecret(secret: string, storedHash: string): boolean {
  const [found, stored] = [Buffer.from(hashSecret(secret)), Buffer.from(storedHash)];
  return found.length === stored.length && timingSafeEqual(found, stored);
}
