import { expect, test } from 'vitest';
import { logView } from './node-logs.js';

test('a line of the log', () => {
  const line =
    '{"level":40,"time":"2026-11-29T10:00:00.000Z","name":"agent","pid":7,"attemptId":"a","msg":"an upload failed"}';
  expect(logView(line)).toEqual({
    at: '2026-11-29T10:00:00.000Z',
    level: 'warn',
    message: 'an upload failed',
    fields: { attemptId: 'a' },
  });
});

test('what is no line of the log is told as it is', () => {
  expect(logView('oops')).toEqual({ at: null, level: 'info', message: 'oops', fields: {} });
});
