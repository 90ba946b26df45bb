import { expect, test } from 'vitest';
import { Graph } from '../graph/graph.js';
import { add } from '../graph/operators.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { readVaeConfig } from '../networks/vae-config.js';
import { decoderWorkspace, unetWorkspace } from '../networks/workspace.js';
import { SHAPES } from '../testing/shapes.js';
import { memoryLimit } from './provider.js';
import { SessionCache } from './session-cache.js';

function network(key: string, bytes = 40) {
  const build = () => {
    const graph = new Graph();
    const x = graph.input('x', 'F32', [1]);
    graph.output('y', add(x, x), [1]);
    return graph.toModel();
  };
  return { key, network: key, source: '/models/m', bytes, build };
}

test('keeps networks, and lets go of those not used for longest when memory is short', async () => {
  let loads = 0;
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, { most: 100 }, (load) => {
    loads++;
    return load();
  });
  const loaded = () => cache.loaded.map(({ network }) => network);

  const first = await cache.get(network('a'));
  await cache.get(network('b'));
  expect(await cache.get(network('a'))).toBe(first);
  expect([loads, loaded()]).toEqual([2, ['b', 'a']]);

  await cache.get(network('c'));
  expect(loaded()).toEqual(['a', 'c']);
  await cache.get(network('large', 1000));
  expect(loaded()).toEqual(['large']);
  await cache.clear();
  expect(loaded()).toEqual([]);
});

test('tells what a run has computed with, and what lay beside it', async () => {
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, { most: 1000 });
  await cache.get(network('a', 30));
  await cache.get(network('b', 50));
  expect(cache.part).toEqual({ networks: ['a', 'b'], idleBytes: 0 });
  cache.begin();
  await cache.get(network('b', 50));
  expect(cache.part).toEqual({ networks: ['b'], idleBytes: 30 });
});

test('lets go of others for what a network computes in, also one that is loaded', async () => {
  let free = 1000;
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, { most: 100, free: () => free });
  const loaded = () => cache.loaded.map(({ network }) => network);
  await cache.get(network('text'));
  await cache.get(network('unet'));
  await cache.get({ ...network('unet'), workspace: 50 });
  expect(loaded()).toEqual(['unet']);

  await cache.get(network('text'));
  free = 30;
  await cache.get({ ...network('unet'), workspace: 20 });
  expect(loaded()).toEqual(['text', 'unet']);
  free = 10;
  await cache.get({ ...network('unet'), workspace: 20 });
  expect(loaded()).toEqual(['unet']);
  await cache.clear();
});

test('where memory comes back only when all have left, all leave, and what has left counts until then', async () => {
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, { most: 100, comesBackAtOnce: true });
  const loaded = () => cache.loaded.map(({ network }) => network);
  const first = await cache.get(network('a'));
  await cache.get(network('b'));
  await cache.get(network('c'));
  expect(loaded()).toEqual(['c']);
  await cache.get(network('d'));
  await first.release();
  expect(loaded()).toEqual(['c', 'd']);

  const second = await cache.get({ ...network('d'), workspace: 30 });
  expect(loaded()).toEqual(['d']);
  await cache.get(network('e'));
  await second.release();
  // It takes its memory along only with the last.
  await cache.get(network('f'));
  expect(loaded()).toEqual(['f']);
  await cache.clear();
});

test('a network that had to leave is loaded again when it runs', async () => {
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, { most: 50 });
  const first = await cache.get(network('a'));
  const second = await cache.get(network('b'));
  const x = { data: Float32Array.of(2), shape: [1] };
  for (const session of [first, second, first]) {
    const { y } = await session.run({ x });
    expect(y!.data).toEqual(Float32Array.of(4));
  }
  expect(cache.loaded.map(({ network }) => network)).toEqual(['a']);
  await cache.clear();
});

test('draws SDXL on a card of 8 GB phase by phase: the U-Net leaves for the decoder, and comes back', async () => {
  const { networks, side } = SHAPES.sdxl;
  const card = { provider: 'webgpu', name: 'card', memoryBytes: 8 * 2 ** 30, precision: 'F16', reason: '' } as const;
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, memoryLimit(card));
  const loaded = () => cache.loaded.map(({ network }) => network);
  // Weights in float16, those of the autoencoder in float32, as many as the published networks have.
  const [texts, unet, vae] = [2 * (123_060_480 + 694_659_840), 2 * 2_567_463_684, 4 * 83_653_863];
  const [rows, latents] = [2, side / 8];
  const denoise = unetWorkspace(readUnetConfig(networks.unet, 'unet'), rows, latents, latents);
  const decode = (pixels: number) => decoderWorkspace(readVaeConfig(networks.vae, 'vae'), pixels, pixels);

  await cache.get(network('texts', texts));
  const denoiser = await cache.get({ ...network('unet', unet), workspace: denoise });
  expect(loaded()).toEqual(['texts', 'unet']);
  await cache.get({ ...network('vae', vae), workspace: decode(side) });
  expect(loaded()).toEqual(['vae']);
  await denoiser.run({ x: { data: Float32Array.of(2), shape: [1] } });
  expect(loaded()).toContain('unet');
  // Tile by tile the decoder has room beside the U-Net.
  await cache.get({ ...network('vae', vae), workspace: decode(512) });
  expect(loaded()).toEqual(['unet', 'vae']);
  await cache.clear();
});

test('says what could not be loaded', async () => {
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, { most: 100 });
  const graph = new Graph();
  graph.output('y', graph.node('NoSuchOperator', [graph.input('x', 'F32', [1])], ['F32'])[0]!, [1]);
  await expect(cache.get({ ...network('unet'), build: () => graph.toModel() })).rejects.toMatchObject({
    code: 'load_failed',
    message: expect.stringMatching(/^the unet of \/models\/m cannot be loaded: .*NoSuchOperator/) as string,
  });
});
