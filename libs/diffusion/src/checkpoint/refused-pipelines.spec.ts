import { expect, test } from 'vitest';
import { refuseOtherPipelines } from './refused-pipelines.js';

const refuse = (pipelineClass: string) => () => refuseOtherPipelines({ path: '/m', pipelineClass });

test.each([
  [
    'StableUnCLIPImg2ImgPipeline',
    '/m is a checkpoint of unCLIP, which draws what CLIP sees (StableUnCLIPImg2ImgPipeline)',
  ],
  ['LDMPipeline', 'class-conditional latent diffusion'],
  ['StableDiffusionGLIGENPipeline', 'layout-conditional latent diffusion'],
  ['StableDiffusion3Pipeline', 'Stable Diffusion 3'],
])('refuses %s by name', (pipelineClass, message) => {
  expect(refuse(pipelineClass)).toThrow(message);
});

test.each(['StableDiffusionPipeline', 'StableDiffusionXLInpaintPipeline', 'LDMTextToImagePipeline'])(
  'lets %s be',
  (pipelineClass) => {
    expect(refuse(pipelineClass)).not.toThrow();
  },
);
