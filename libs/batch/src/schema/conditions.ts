/** What a picture may follow beside its prompt: pictures of the user, other networks, sizes. */
import { z } from 'zod';
import { choice, fields, name, real, whole } from './fields.js';
import { imageName } from './settings.js';

export const Control = fields(
  {
    model: name('the name or hash of a ControlNet or T2I-Adapter').describe('Name or hash of it.'),
    image: imageName.describe('What it follows, brought to size by `resize`.'),
    preprocess: choice(['none', 'canny']).optional().describe('Default none: the image is the map.'),
    low: whole(0, 1000).optional().describe('Gradient from which canny goes on with an edge. Default 100.'),
    high: whole(0, 1000).optional().describe('Gradient from which canny begins an edge. Default 200.'),
    scale: real(0, 10).optional().describe('Default 1.'),
    start: real(0, 1).optional().describe('Share of the steps after which it begins. Default 0.'),
    end: real(0, 1).optional().describe('Share of the steps after which it ends. Default 1.'),
    guess: z.boolean('true or false').optional().describe('Recognizes the image without a prompt. Default false.'),
  },
  'a map with `model` and `image`',
);
export type Control = z.infer<typeof Control>;

export const IpAdapter = fields(
  {
    model: name('the name or hash of an IP-Adapter').describe('Name or hash of it.'),
    encoder: name('the name or hash of an image encoder').describe('The CLIP image encoder that it was made for.'),
    image: imageName.describe('What pictures should be like.'),
    scale: real(0, 10).optional().describe('How much. Default 1.'),
  },
  'a map with `model`, `encoder` and `image`',
);

const switchTakes = 'a number above 0 and below 1';
export const Refiner = fields(
  {
    model: name('the name or hash of a checkpoint').describe('Name or hash of it.'),
    switchAt: real(0, 1, switchTakes)
      .gt(0, switchTakes)
      .lt(1, switchTakes)
      .optional()
      .describe('Share of the noise that is taken away before it takes over. Default 0.8.'),
  },
  'a map with `model`',
);

const pairTakes = 'WxH or a list of two whole numbers';
const pair = z.union(
  [
    z.tuple([whole(0, 16_384, pairTakes), whole(0, 16_384, pairTakes)], pairTakes),
    z.string(pairTakes).regex(/^\d{1,5}x\d{1,5}$/, pairTakes),
  ],
  pairTakes,
);
export type Pair = z.infer<typeof pair>;

export const Sdxl = fields(
  {
    originalSize: pair.optional().describe('Width and height before cropping. Default the size drawn.'),
    cropTopLeft: z
      .tuple([whole(0, 16_384), whole(0, 16_384)], 'a list of two whole numbers')
      .optional()
      .describe('Rows and columns cut off at the top and at the left. Default [0, 0].'),
    targetSize: pair.optional().describe('Width and height to be like. Default the size drawn.'),
    aestheticScore: real(0, 10).optional().describe('How much it pleases, for a refiner. Default 6.'),
    negativeAestheticScore: real(0, 10).optional().describe('The same of the negative prompt. Default 2.5.'),
  },
  'a map of SDXL conditions',
);
export type Sdxl = z.infer<typeof Sdxl>;
