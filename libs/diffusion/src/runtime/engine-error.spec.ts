import { expect, test } from 'vitest';
import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import { InputError } from '../errors.js';
import { EngineError, toEngineError } from './engine-error.js';

test.each([
  [new EngineError('cancelled', 'x'), 'cancelled', 'x'],
  [new InputError('bad size'), 'invalid_request', 'bad size'],
  [new CheckpointError('cut off'), 'load_failed', 'cut off'],
  [new Error('std::bad_alloc\nat'), 'out_of_memory', 'there is not enough memory: std::bad_alloc'],
  [new RangeError('Invalid typed array length: 9'), 'out_of_memory', 'there is not enough memory'],
  [new Error('boom\nstack'), 'crashed', 'the run failed: boom'],
  ['text', 'crashed', 'the run failed: text'],
])('gives every error its word', (error, code, message) => {
  const known = toEngineError(error, 'crashed', 'the run failed');
  expect(known.code).toBe(code);
  expect(known.message).toContain(message);
});
