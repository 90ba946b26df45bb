/** The settings of a picture: what may stand at the top of a batch, in the matrix and in a column of a prompt file. */
import { z } from 'zod';
import { choice, fields, name, real, whole } from './fields.js';
import { samplerNames, samplerSpellings, schedules } from './samplers.js';

export const maximumSeed = 2 ** 32 - 1;
/** Far more than any text encoder reads; bounds the time that reading its syntax takes. */
export const maximumPromptLength = 10_000;
const promptTakes = `text of at most ${maximumPromptLength} characters`;
export const prompt = z.string(promptTakes).max(maximumPromptLength, promptTakes);

const smallestSide = 64;
const largestSide = 8192;

const sizeTakes = `WxH in pixels, both multiples of 8 from ${smallestSide} to ${largestSide}, such as 512x768`;

function isSize(value: string): boolean {
  const sides = /^(\d+)x(\d+)$/.exec(value)?.slice(1).map(Number);
  return sides !== undefined && sides.every((side) => side % 8 === 0 && side >= smallestSide && side <= largestSide);
}

export const Lora = fields(
  {
    name: name('the name or hash of a LoRA').describe('Name or hash of the LoRA.'),
    weight: real(-10, 10).optional().describe('Factor on its change of the network. Default 1.'),
    textEncoderWeight: real(-10, 10)
      .optional()
      .describe('Factor on its change of the text encoder. Default: `weight`.'),
  },
  'a map with `name` and perhaps `weight`',
);
export type Lora = z.infer<typeof Lora>;

export const strengthTakes = 'a number above 0 and at most 1';
export const imageName = name('the path of an image beside the batch file, the hash of an asset, or a data URI');

export const settingSchemas = {
  model: name('the name or hash of a checkpoint').describe('Name or hash of the checkpoint.'),
  vae: name('auto, or the name or hash of a VAE').describe("`auto` (the checkpoint's own) or the name of a VAE."),
  loras: z.array(Lora, 'a list of LoRAs, such as [{name: postcard-lcm-lora, weight: 1}]').describe('LoRAs to apply.'),
  sampler: z
    .enum([...samplerSpellings.keys()] as [string, ...string[]], `one of ${samplerNames.join(', ')}`)
    .describe("The numerical method. Absent: the checkpoint's own configuration."),
  schedule: choice(schedules).describe('Spacing of the noise levels.'),
  steps: whole(
    1,
    1000,
    'a whole number from 1 to 1000 (models are trained on 1000 noise levels: there is nothing between)',
  ).describe('Denoising steps. Default 20.'),
  guidance: real(0, 100).describe('Classifier-free guidance scale; 1 or less turns guidance off. Default 7.5.'),
  guidanceRescale: real(0, 1).describe('Pulls what guidance exaggerates back. Default 0.'),
  eta: real(0, 1).describe('Noise put back in every step, for samplers that have it.'),
  size: z.string(sizeTakes).refine(isSize, sizeTakes).describe("WxH in pixels. Default: the model's own."),
  negative: prompt.describe('Negative prompt. Absent differs from empty where the model encodes absence as zeros.'),
  seed: whole(-1, maximumSeed, `a whole number from 0 to ${maximumSeed}, or -1 to have one drawn`).describe(
    'At the top: task i uses seed + i. In the matrix or a column: exactly this seed.',
  ),
  rng: choice(['cpu', 'gpu']).describe('Whose random numbers torch would have drawn. Default cpu.'),
  clipSkip: whole(0, 11).describe('Layers of the text encoder left out at its end. Default 0, the last layer.'),
  initImage: imageName.describe('Picture to begin from.'),
  mask: imageName.describe('What of `initImage` is repainted, in white; a picture of the same size.'),
  strength: real(0, 1, strengthTakes)
    .gt(0, strengthTakes)
    .describe('Share of the steps that are run on `initImage`. Default 0.8, with a mask 1.'),
};

export type SettingName = keyof typeof settingSchemas;
export const settingNames = Object.keys(settingSchemas) as SettingName[];

/** A layer of settings; what is undefined is left to the layer below. */
export type Settings = { -readonly [K in SettingName]?: z.infer<(typeof settingSchemas)[K]> | undefined };

/** Settings that may differ between the pictures of one run; all others decide the render class. */
export const perPicture: ReadonlySet<SettingName> = new Set(['seed', 'negative']);

/** What holds where no layer says anything. */
export const settingDefaults = {
  steps: 20,
  guidance: 7.5,
  guidanceRescale: 0,
  rng: 'cpu',
  clipSkip: 0,
} as const satisfies Settings;

/** Values of a matrix key at even distances. */
export const Range = fields(
  {
    from: z.number('a number').describe('First value.'),
    count: whole(1, Number.MAX_SAFE_INTEGER, 'a whole number from 1').describe('Number of values.'),
    step: z.number('a number').optional().describe('Distance between values. Default 1.'),
  },
  'a list of values, or a range {from, count, step}',
);
export type Range = z.infer<typeof Range>;
