import { describe, expect, it } from 'vitest';
import { parseNatsUrl } from './nats-address.js';

describe('parseNatsUrl', () => {
  it.each([
    ['nats://broker', { servers: 'broker:4222' }],
    ['nats://127.0.0.1:41', { servers: '127.0.0.1:41' }],
    ['nats://[::1]:41', { servers: '[::1]:41' }],
    ['tls://broker', { servers: 'broker:4222', tls: {} }],
    ['nats://me:p%40ss@broker', { servers: 'broker:4222', user: 'me', pass: 'p@ss' }],
    ['nats://secret@broker', { servers: 'broker:4222', token: 'secret' }],
  ])('%s', (url, options) => expect(parseNatsUrl(url)).toEqual(options));

  it.each(['', 'broker:4222', 'http://broker', 'nats://'])('refuses "%s"', (url) =>
    expect(() => parseNatsUrl(url)).toThrow('nats://[user:password@]host[:port]'),
  );
});
