import { expect, test } from 'vitest';
import { Graph } from '../graph/graph.js';
import { add } from '../graph/operators.js';
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

test('says what could not be loaded', async () => {
  const cache = new SessionCache({ provider: 'cpu', threads: 1 }, { most: 100 });
  const graph = new Graph();
  graph.output('y', graph.node('NoSuchOperator', [graph.input('x', 'F32', [1])], ['F32'])[0]!, [1]);
  await expect(cache.get({ ...network('unet'), build: () => graph.toModel() })).rejects.toMatchObject({
    code: 'load_failed',
    message: expect.stringMatching(/^the unet of \/models\/m cannot be loaded: .*NoSuchOperator/) as string,
  });
});
