import { AtelierError } from '@atelier/contracts';
import { expect, test } from 'vitest';
import { endingOf, Failure, UsageError } from './errors.js';

test.each([
  [new UsageError('the port is taken'), 2],
  [new AtelierError('unknown_model', 'there is no model nowhere'), 2],
  [new AtelierError('conflict', 'the job has finished'), 2],
  [new AtelierError('unavailable', 'the scheduler is starting'), 1],
  [new Failure('no farm answers'), 1],
  [Object.assign(new Error('the safetensors file is cut off'), { name: 'CheckpointError' }), 2],
  [Object.assign(new Error('no such sampler'), { name: 'EngineError', code: 'unsupported' }), 2],
  [Object.assign(new Error('the engine process was ended'), { name: 'EngineError', code: 'crashed' }), 1],
  [new TypeError('x is not a function'), 1],
])('%s', async (error, exitCode) => {
  expect(await endingOf(error)).toEqual({ sentence: error.message, exitCode });
});

test('a message of several lines becomes one', async () => {
  expect(await endingOf(new Error('error: first\n  second\n'))).toEqual({ sentence: 'first second', exitCode: 1 });
});
