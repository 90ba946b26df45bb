import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { signTicket, verifyTicket, type Ticket } from './ticket.js';

const key = randomBytes(32);
const ticket: Ticket = {
  attemptId: 'a1',
  nodeId: 'n1',
  sha256: '0'.repeat(64),
  bytes: 1234,
  expiresAt: new Date(Date.now() + 60_000),
};

test('a ticket says what may be stored', () => {
  expect(verifyTicket(signTicket(ticket, key), key)).toEqual(ticket);
});

test('a ticket of another key, a changed one and none at all are refused', () => {
  const text = signTicket(ticket, key);
  const forged = signTicket({ ...ticket, bytes: 5 }, randomBytes(32));
  const spliced = `${forged.split('.')[0]}.${text.split('.')[1]}`;
  for (const wrong of [forged, spliced, '', 'x', '.'])
    expect(() => verifyTicket(wrong, key)).toThrow('The upload ticket is none of this farm.');
});

test('a ticket ends', () => {
  expect(() => verifyTicket(signTicket(ticket, key), key, ticket.expiresAt)).toThrow(
    /expired at .*: ask for a new one/,
  );
});
