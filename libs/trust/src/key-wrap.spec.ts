import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unwrapKey, wrapKey, wrappingSecret } from './key-wrap.js';

const folder = mkdtempSync(join(tmpdir(), 'atelier-trust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a wrapped key opens with its secret and no other', () => {
  const key = new TextEncoder().encode('-----BEGIN PRIVATE KEY-----');
  const wrapped = wrapKey(key, 'good');
  expect(wrapped).not.toContain(Buffer.from(key).toString('base64').slice(0, 16));
  expect(unwrapKey(wrapped, 'good')).toEqual(key);
  for (const broken of [wrapped.slice(0, 20), '', wrapKey(key, 'other')])
    expect(() => unwrapKey(broken, 'good')).toThrow('another ATELIER_SECRET');
});

test('ATELIER_SECRET comes first; else a private file is made once', () => {
  const file = join(folder, 'farm', 'secret');
  expect(wrappingSecret(file, { ATELIER_SECRET: 'mine' })).toBe('mine');
  const made = wrappingSecret(file, {});
  expect(Buffer.from(made, 'base64')).toHaveLength(32);
  expect(wrappingSecret(file, {})).toBe(made);
  if (process.platform === 'win32') return;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  expect(() => wrappingSecret(file, {})).toThrow(
    /must be readable by its owner only \(mode 0600\), but its mode is 0644/,
  );
});
