import { expect, test } from 'vitest';
import { createJoinToken, hashSecret, parseJoinToken, verifySecret } from './join-token.js';

const pin = 'ab'.repeat(32);

test('a token survives being copied by hand', () => {
  const token = createJoinToken(pin);
  expect(parseJoinToken(`  ${token.text}\n`)).toEqual(token);
});

test.each([
  '',
  'at1',
  'at2.aaaaaaaaaaaa.b.c',
  `at1.short.${'s'.repeat(43)}.${pin}`,
  `${createJoinToken(pin).text}.more`,
])('refuses %j in one sentence', (text) => {
  expect(() => parseJoinToken(text)).toThrow('The join token is malformed');
});

test('knows a secret by its hash alone', () => {
  const { secret } = createJoinToken(pin);
  expect(verifySecret(secret, hashSecret(secret))).toBe(true);
  expect(verifySecret(createJoinToken(pin).secret, hashSecret(secret))).toBe(false);
  expect(verifySecret(secret, '')).toBe(false);
});
