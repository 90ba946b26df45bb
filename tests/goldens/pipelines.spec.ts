import { expect, test } from 'vitest';
import { goldenRows } from './rows.js';

/** Cases that the engine can draw, by family. */
const SUPPORTED: Record<string, RegExp> = {
  sd1: /./,
  'sd1-inpaint9': /./,
  sd2: /^txt2img-/,
  'sd2-depth': /./,
  sdxl: /./,
  'sdxl-refiner': /./,
  'sdxl-base-refiner': /./,
  lcm: /./,
  controlnet: /./,
  't2i-adapter': /./,
  taesd: /./,
  lora: /^(kohya-w|kohya-sdxl-w|lcm-lora|merged|style)/,
  'ip-adapter': /./,
  'ldm-superres': /./,
  'ldm-text2im': /./,
  'ldm-text2im-vq': /./,
  'safety-checker': /./,
  'sd-x4-upscaler': /./,
  'single-file': /./,
  'textual-inversion': /./,
  'vae-tiling': /./,
};

test.each(Object.entries(SUPPORTED))('pipelines/%s', async (family, supported) => {
  const rows = await goldenRows('pipelines', family);
  const drawn = rows.filter((row) => supported.test(row.case));
  expect(drawn.length).toBeGreaterThan(0);
  expect(drawn.filter(({ pass }) => !pass)).toEqual([]);
});

test('a case that the engine cannot draw fails with its reason', async () => {
  const [row] = await goldenRows('pipelines', 'animatediff');
  expect(row).toMatchObject({
    pass: false,
    maxAbs: null,
    reason: 'The engine has no pipeline AnimateDiffPipeline.',
  });
});
