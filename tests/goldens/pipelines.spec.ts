import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runGoldens } from '../../libs/diffusion/src/golden/run.js';
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
  animatediff: /./,
  'ip-adapter': /./,
  'instruct-pix2pix': /./,
  lycoris: /./,
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
  const root = await mkdtemp(join(tmpdir(), 'goldens-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, 'pipelines', 'kandinsky'), { recursive: true });
  const golden = { pipeline_class: 'KandinskyPipeline', model: 'none', call: { prompt: 'a cat' } };
  await writeFile(join(root, 'pipelines', 'kandinsky', 'cat.json'), JSON.stringify(golden));
  const rows = [];
  for await (const row of runGoldens([root])) rows.push(row);
  expect(rows).toMatchObject([
    {
      family: 'kandinsky',
      case: 'cat',
      pass: false,
      maxAbs: null,
      reason: 'The engine has no pipeline KandinskyPipeline.',
    },
  ]);
});
