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
