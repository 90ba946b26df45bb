import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { networkFolder } from '../checkpoint/checkpoint.js';
import { openWeights } from '../checkpoint/weight-files.js';
import { createGenerator } from '../random/generator.js';
import { openSession } from '../runtime/session.js';
import { sinusoids } from './sinusoids.js';
import { readUnetConfig } from './unet-config.js';
import { unet } from './unet.js';

const folder = fileURLToPath(new URL('../../../../tests/goldens/pipelines/sd1/model/unet', import.meta.url));
const [SIDE, SHIFT] = [16, 8];

/** Planes whose columns are moved to the right, the last ones coming in at the left. */
function rolled(planes: Float32Array): Float32Array {
  return planes.map((_, i) => planes[i - (i % SIDE) + ((i - SHIFT + SIDE) % SIDE)]!);
}

test.each([
  [true, 'gives the same, moved, of latents that are moved around'],
  [false, 'sees borders'],
])('a U-Net whose pictures go on at their other side: %s, %s', async (seamless) => {
  const config = readUnetConfig(await networkFolder(folder).readConfig(), folder);
  const target = { provider: 'cpu', precision: 'F32', seamless } as const;
  const session = await openSession(unet(config, await openWeights(folder), { target }), {
    provider: 'cpu',
    threads: 2,
  });
  const generator = createGenerator('cpu', 1);
  const [sample, text] = [generator.randn([1, 4, SIDE, SIDE]), generator.randn([1, 5, 16])];
  const predict = async (data: Float32Array) => {
    const { out } = await session.run({
      sample: { data, shape: [1, 4, SIDE, SIDE] },
      context: { data: text, shape: [1, 5, 16] },
      time: { data: sinusoids([500], config.time.channels, config.time), shape: [1, config.time.channels] },
    });
    return out!.data;
  };
  const [still, moved] = [rolled(await predict(sample)), await predict(rolled(sample))];
  const furthest = still.reduce((most, value, i) => Math.max(most, Math.abs(value - moved[i]!)), 0);
  expect(furthest < 1e-4).toBe(seamless);
  await session.release();
});
