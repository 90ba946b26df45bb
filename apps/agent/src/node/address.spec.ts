import { describe, expect, test } from 'vitest';
import { formatAddress, isLoopback, parseAddress } from './address.js';

describe('host:port', () => {
  test.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['scheduler.example:7861', { host: 'scheduler.example', port: 7861 }],
    ['[::1]:65535', { host: '::1', port: 65535 }],
  ])('%s', (text, address) => {
    expect(parseAddress(text, 'It')).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });

  test.each(['', 'host', ':1', 'host:', 'host:65536', 'host:1x', '::1:80', '[host]:1', 'http://host:1'])(
    '%j is none',
    (text) => {
      expect(() => parseAddress(text, '--join')).toThrow(`--join is "${text}"; it must be HOST:PORT`);
    },
  );
});

test('loopback', () => {
  expect(['localhost', '127.0.0.1', '127.8.8.8', '::1'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '192.168.1.1', '::', 'example.com'].some(isLoopback)).toBe(false);
});
