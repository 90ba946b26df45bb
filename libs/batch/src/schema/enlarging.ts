/** Larger pictures, and moving ones. */
import { z } from 'zod';
import { choice, fields, name, real, whole } from './fields.js';
import { maximumSeed, strengthTakes } from './settings.js';

const scaleTakes = 'a number above 1 and at most 8';
const scale = real(1, 8, scaleTakes).gt(1, scaleTakes);

export const Hires = fields(
  {
    scale: scale.describe('How many times larger.'),
    steps: whole(1, 1000).optional().describe('Of the second drawing. Default `steps`.'),
    strength: real(0, 1, strengthTakes)
      .gt(0, strengthTakes)
      .optional()
      .describe('Share of these steps that change the enlarged picture. Default 0.7.'),
    upscaler: name('latent, lanczos, or the name or hash of an upscaler').optional().describe('Default latent.'),
  },
  'a map with `scale`, such as {scale: 2}',
);

export const Upscale = fields(
  {
    model: name('lanczos, or the name or hash of an upscaler').describe('Name or hash of it, or `lanczos`.'),
    scale: scale.optional().describe("Default the upscaler's own; of lanczos 2."),
  },
  'a map with `model`',
);

export const Faces = fields(
  {
    model: name('the name or hash of a restorer of faces').describe('Name or hash of it.'),
    detector: name('the name or hash of a detector of faces')
      .optional()
      .describe('What finds the faces. Default none: a picture as a whole is one face.'),
    visibility: real(0, 1, strengthTakes)
      .gt(0, strengthTakes)
      .optional()
      .describe('How much of a restored face shows. Default 1.'),
  },
  'a map with `model`',
);

export const clipFormats = ['gif', 'webp', 'mp4'] as const;

export const Frames = fields(
  {
    motion: name('the name or hash of a motion module').describe('Name or hash of a motion module.'),
    count: whole(1, 1000).optional().describe('Default 16.'),
    fps: real(0.1, 60).optional().describe('Frames a second. Default 8.'),
    format: choice(clipFormats).optional().describe('Default webp. Nodes need ffmpeg for mp4.'),
  },
  'a map with `motion`',
);

export const Variation = fields(
  {
    seed: whole(0, maximumSeed).describe('Whose noise.'),
    strength: real(0, 1).describe('0 not at all, 1 all the way.'),
  },
  'a map with `seed` and `strength`',
);

export const seamless = z
  .boolean('true or false')
  .describe('Draws textures that repeat without a seam. Default false.');
