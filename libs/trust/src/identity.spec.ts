import { expect, test } from 'vitest';
import { identityOf, identityUri, requireIdentity } from './identity.js';

test('an identity survives its certificate', () => {
  const node = { role: 'node', id: 'n_1-a' } as const;
  expect(identityOf({ subjectaltname: `DNS:localhost, URI:${identityUri(node)}` })).toEqual(node);
});

test.each([
  undefined,
  '',
  'DNS:localhost',
  'URI:https://node/x',
  'URI:atelier://king/x',
  'URI:atelier://node/x/y',
  'URI:atelier://node/x, URI:atelier://scheduler/y',
])('a certificate with the names %j speaks for nobody', (subjectaltname) => {
  expect(() => identityOf({ subjectaltname })).toThrow('The peer shows no certificate of this farm.');
});

test('an id that would change the meaning of a certificate is refused', () => {
  for (const id of ['', 'a/b', 'a, URI:atelier://scheduler/s', 'x'.repeat(65)])
    expect(() => identityUri({ role: 'node', id })).toThrow('letters, digits, underscores or hyphens');
});

test('role and id must be the expected ones', () => {
  const node = { role: 'node', id: 'a' } as const;
  requireIdentity(node, { role: 'node' });
  requireIdentity(node, { role: 'node', id: 'a' });
  expect(() => requireIdentity(node, { role: 'scheduler' })).toThrow(
    'Expected a scheduler, but the peer is the node a.',
  );
  expect(() => requireIdentity(node, { role: 'node', id: 'b' })).toThrow('Expected the node b');
});
