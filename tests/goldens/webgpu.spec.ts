/**
 * The engine's way through a GPU provider, on Vulkan that computes on the CPU: the very graphs that a graphics card runs, in
 * both precisions, each in a process of its own.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeImage } from '../../libs/diffusion/src/image/picture.js';
import type { GoldenRow } from '../../libs/diffusion/src/golden/format.js';
import { Graph } from '../../libs/diffusion/src/graph/graph.js';
import { linear } from '../../libs/diffusion/src/graph/operators.js';
import { startEngine, type EngineOptions } from '../../libs/diffusion/src/index.js';
import { SessionCache } from '../../libs/diffusion/src/runtime/session-cache.js';
import { atelier } from '../support/cli.js';
import { softwareVulkan } from '../support/vulkan.js';

const NETWORKS = {
  // The autoencoder of SDXL stays in float32 on a card, too. A group of four values in the middle of `unet-sd1/b2` is so small
  // that it tells whether group normalizations have their own epsilon.
  F32: ['text-clip-l', 'unet-sd1', 'unet-sd1-inpaint9', 'vae-sdxl'],
  // Those of the U-Net of SDXL are two samples of one size, and one each of two others, one of them odd.
  F16: ['text-clip-l', 'unet-sd1-inpaint9', 'unet-sdxl', 'controlnet', 'vae-sd1', 'vae-sdxl'],
};
const TIME_LIMIT_MS = 280_000;
/** A picture in half precision differs from the reference's in float32 by less than most eyes see. */
const LEAST_PSNR = 35;

const folder = mkdtempSync(join(tmpdir(), 'atelier-webgpu-'));
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  env = await softwareVulkan();
}, 400_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => atelier([...args, '--provider', 'webgpu'], { env, timeoutMs: TIME_LIMIT_MS });

test.each(['F32', 'F16'] as const)('networks in %s are as the reference has them', async (precision) => {
  const cases = NETWORKS[precision].map((network) => join(import.meta.dirname, 'modules', network));
  const { code, stdout, stderr } = await run('golden', ...cases, '--precision', precision, '--json');
  expect(stdout, `exit code ${code}: ${stderr}`).not.toBe('');
  const rows = JSON.parse(stdout) as GoldenRow[];
  expect(rows.filter(({ pass }) => !pass)).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(cases.length);
});

test('a whole picture in half precision is the one that the reference draws', async () => {
  const file = join(folder, 'picture.png');
  const request = ['a red house on green hills at sunset', '--seed', '401', '--size', '128x128'];
  const fast = ['--lora', 'postcard-lcm-lora', '--sampler', 'lcm', '--steps', '4', '--guidance', '1'];
  const { code, stdout, stderr } = await run('render', ...request, ...fast, '--output', file, '--json');
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([{ provider: 'webgpu', precision: 'F16' }]);
  const read = async (path: string) => (await decodeImage(await readFile(path))).pixels;
  const [drawn, expected] = [await read(file), await read(join(import.meta.dirname, '../postcard/lcm_lora_401.png'))];
  expect(psnr(drawn, expected)).toBeGreaterThan(LEAST_PSNR);
});

test('one engine draws several pictures, then others of another size and by another prompt', async () => {
  const checkpoint = join(import.meta.dirname, 'pipelines/sdxl/model');
  const requests = [
    { prompt: 'a red house', width: 64, height: 64, seeds: [1, 2] },
    { prompt: 'a blue castle by the sea', width: 96, height: 64, seeds: [3] },
    { prompt: 'a red house', width: 64, height: 64, seeds: [2] },
  ];
  const drawn = async (options: EngineOptions) => {
    const engine = await startEngine(options);
    try {
      const pixels: Uint8Array[] = [];
      for (const { prompt, seeds, ...size } of requests) {
        const pictures = seeds.map((seed) => ({ prompt, seed }));
        const result = await engine.render({ checkpoint, steps: 2, guidanceScale: 5, ...size, pictures });
        pixels.push(...result.pictures.map((picture) => picture.pixels));
      }
      return pixels;
    } finally {
      engine.kill();
      await engine.exited;
    }
  };
  Object.assign(process.env, env);
  const inHalf = await drawn({ provider: 'webgpu', precision: 'F16', startTimeoutMs: TIME_LIMIT_MS });
  const expected = await drawn({ provider: 'cpu' });
  for (const [i, pixels] of inHalf.entries()) expect(psnr(pixels, expected[i]!)).toBeGreaterThan(LEAST_PSNR);
});

test('memory of networks that leave comes back', async () => {
  Object.assign(process.env, env);
  const side = 2048;
  const bytes = side * side * 4;
  const file = join(folder, 'weights.bin');
  writeFileSync(file, new Uint8Array(bytes));
  const network = (key: string) => ({
    ...{ key, network: key, source: file, bytes },
    build: () => {
      const graph = new Graph();
      const x = graph.input('x', 'F32', ['n', side]);
      const weight = graph.weight('w', 'F32', [side, side], { path: realpathSync(file), offset: 0, byteLength: bytes });
      graph.output('y', linear(x, weight), ['n', side]);
      return graph.toModel();
    },
  });
  const cache = new SessionCache({ provider: 'webgpu', threads: 1 }, { most: 2.5 * bytes, comesBackAtOnce: true });
  const x = { data: new Float32Array(4 * side), shape: [4, side], constant: true };
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await (await cache.get(network(key))).run({ x });
  expect(deviceBytes()).toBeLessThan(3 * bytes);
  await cache.clear();
  expect(deviceBytes()).toBeLessThan(bytes / 2);
});

test('software is no graphics card: it has to be asked for', async () => {
  const { stdout } = await atelier(['doctor', '--json'], { env });
  const { engine } = JSON.parse(stdout) as { engine: { provider: string; reason: string } };
  expect(engine.provider).toBe('cpu');
});

/** What software Vulkan holds for its device in this process: memory that it shares with itself. */
function deviceBytes(): number {
  return Number(/RssShmem:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
}

/** Peak signal-to-noise ratio of 8-bit pictures, dB. */
function psnr(a: Uint8Array, b: Uint8Array): number {
  const squares = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / a.length));
}
