/** From the flags of `atelier render` to a batch, so that one set of rules says what a request may be. */
import { checkBatch, maximumSeed, type Batch } from '@atelier/batch';
import { UsageError } from '../errors.js';
import { wholeNumber } from '../options.js';

export interface RenderFlags {
  negative?: string;
  model?: string;
  steps?: string;
  seed?: string;
  sampler?: string;
  schedule?: string;
  guidance?: string;
  eta?: string;
  size?: string;
  clipSkip?: string;
  rng?: string;
  vae?: string;
  lora?: string[];
  count: string;
}

/** Flags of pictures that this version's engine cannot make yet. */
export const unsupportedFlags = [
  ['initImage', '--init-image <file>', 'picture to start from'],
  ['strength', '--strength <s>', 'share of the steps that are run on --init-image'],
  ['mask', '--mask <file>', 'what to repaint, in white'],
  ['control', '--control <name=file@scale...>', 'ControlNet with its image'],
  ['refiner', '--refiner <name>', 'checkpoint for the last steps'],
  ['hires', '--hires <scale>', 'render again at this multiple of the size'],
  ['upscale', '--upscale <name>', 'upscaler for the finished picture'],
  ['motion', '--motion <name>', 'motion module, for a clip'],
  ['frames', '--frames <n>', 'frames of the clip'],
  ['precision', '--precision <p>', 'number format of the networks'],
] as const;

/** The batch that the flags stand for. Throws UsageError or AtelierError with the sentence for what is wrong. */
export function batchOf(prompt: string, model: string, flags: RenderFlags): Batch {
  const count = wholeNumber('--count', flags.count, 1);
  const seed = flags.seed === undefined ? drawnSeed() : numberOf('--seed', flags.seed);
  return checkBatch({
    kind: 'Batch',
    name: 'render',
    model,
    // One prompt from the command line is one prompt: its braces are characters.
    prompts: [prompt.replaceAll(/[{}]/g, '\\$&')],
    ...given({
      negative: flags.negative,
      steps: flags.steps && numberOf('--steps', flags.steps),
      sampler: flags.sampler,
      schedule: flags.schedule,
      guidance: flags.guidance && numberOf('--guidance', flags.guidance),
      eta: flags.eta && numberOf('--eta', flags.eta),
      size: flags.size,
      clipSkip: flags.clipSkip && numberOf('--clip-skip', flags.clipSkip),
      rng: flags.rng,
      vae: flags.vae,
      loras: flags.lora?.map(loraOf),
    }),
    matrix: { seed: { from: seed === -1 ? drawnSeed() : seed, count } },
  });
}

/** `NAME` or `NAME@WEIGHT`. */
export function loraOf(text: string): { name: string; weight?: number } {
  const [, name, weight] = /^(.+)@([^@]*)$/.exec(text) ?? [];
  return name === undefined ? { name: text } : { name, weight: numberOf('--lora', weight!, text) };
}

function numberOf(flag: string, text: string, whole = text): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number))
    throw new UsageError(
      `${flag} is "${whole}"; ${flag === '--lora' ? 'it takes NAME or NAME@WEIGHT' : 'it must be a number'}`,
    );
  return number;
}

const drawnSeed = () => Math.floor(Math.random() * (maximumSeed + 1));

const given = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
