/** Upload tickets: the right to store exactly one file, checked without looking anything up. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AtelierError } from '@atelier/contracts';

export interface Ticket {
  attemptId: string;
  /** The node that may use it. */
  nodeId: string;
  /** SHA-256 of the file, hex. */
  sha256: string;
  /** Length of the file. */
  bytes: number;
  expiresAt: Date;
}

const mac = (payload: string, key: Uint8Array) => createHmac('sha256', key).update(payload).digest('base64url');

/** The text of a ticket, `<payload>.<HMAC-SHA256>` in base64url. `key`: 32 random bytes that only schedulers know. */
export function signTicket(ticket: Ticket, key: Uint8Array): string {
  const { attemptId, nodeId, sha256, bytes, expiresAt } = ticket;
  const payload = Buffer.from(JSON.stringify([attemptId, nodeId, sha256, bytes, expiresAt.getTime()])).toString(
    'base64url',
  );
  return `${payload}.${mac(payload, key)}`;
}

/** @throws AtelierError `unauthenticated` where the ticket was not signed with `key` or has expired. */
export function verifyTicket(text: string, key: Uint8Array, now = new Date()): Ticket {
  const [payload = '', signature = ''] = text.split('.');
  const [found, expected] = [Buffer.from(signature), Buffer.from(mac(payload, key))];
  if (found.length !== expected.length || !timingSafeEqual(found, expected))
    throw new AtelierError('unauthenticated', 'The upload ticket is none of this farm.');
  const [attemptId, nodeId, sha256, bytes, expiry] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    string,
    string,
    number,
    number,
  ];
  const expiresAt = new Date(expiry);
  if (expiresAt <= now)
    throw new AtelierError(
      'unauthenticated',
      `The upload ticket expired at ${expiresAt.toISOString()}: ask for a new one.`,
    );
  return { attemptId, nodeId, sha256, bytes, expiresAt };
}
