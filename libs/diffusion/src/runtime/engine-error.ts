import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import { InputError } from '../errors.js';

/** Why a run gave no picture: the one word by which a farm decides what to do about it. */
export type EngineErrorCode =
  /** The request is wrong: no other machine would do better. */
  | 'invalid_request'
  /** This engine has no such pipeline, network or provider. */
  | 'unsupported'
  /** A file of the model is missing or damaged. */
  | 'load_failed'
  | 'out_of_memory'
  /** The networks gave numbers that are no picture. */
  | 'corrupt_output'
  | 'cancelled'
  /** The engine's process ended in mid-run. */
  | 'crashed';

/** An engine's refusal or failure. The message is one sentence for the person who asked. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  constructor(
    readonly code: EngineErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** What a runtime says when memory is short; it has no codes. */
const OUT_OF_MEMORY = /bad_alloc|out of memory|failed to allocate|allocation failed|invalid (typed )?array length/i;

/**
 * The engine's word for an error.
 *
 * @param fallback for one that is neither an engine's error, nor a bad request or model, nor a lack of memory
 * @param what failed, to put in front of a message that does not say it
 */
export function toEngineError(error: unknown, fallback: EngineErrorCode, what: string): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CheckpointError) return new EngineError('load_failed', message);
  if (error instanceof InputError) return new EngineError('invalid_request', message);
  const [firstLine] = message.split('\n');
  if (OUT_OF_MEMORY.test(message)) return new EngineError('out_of_memory', `there is not enough memory: ${firstLine}`);
  return new EngineError(fallback, `${what}: ${firstLine}`);
}
