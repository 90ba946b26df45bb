import type { ClipTextConfig } from '../networks/clip-text-config.js';
import type { ClipTokenizer } from '../prompt/tokenizer.js';
import type { Session } from '../runtime/session.js';

/** Which of a model's text encoders. */
export type TextEncoderName = 'text_encoder' | 'text_encoder_2';

/** One of a model's text encoders, with its tokenizer and its LoRAs. */
export interface TextEncoder {
  readonly name: TextEncoderName;
  readonly config: ClipTextConfig;
  readonly tokenizer: ClipTokenizer;
  /** Tells it from every other. */
  readonly identity: string;
  /** Loads it with an output for each number of layers to leave out at its end. */
  load(clipSkips: readonly number[]): Promise<Session>;
  /** Name of the output for a number of layers to leave out. */
  outputOf(clipSkip: number): string;
}
