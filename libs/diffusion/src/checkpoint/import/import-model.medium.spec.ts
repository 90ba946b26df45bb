import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { floats, legacyTorchFile, tensor, torchFile, zip, type Picklable } from '../pickle/pickle.fixture.js';
import { openSafetensors } from '../safetensors.js';
import { importModel } from './import-model.js';

const CHECKPOINT = join(import.meta.dirname, '../../../../../tests/goldens/pipelines/single-file/sd1.safetensors');

let folder: string;
let models: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-import-'));
  models = join(folder, 'models');
});
afterEach(() => rm(folder, { recursive: true }));

async function place(name: string, bytes: Buffer | string): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

/** What an imported file holds, by name. */
async function contents(path: string) {
  const file = await openSafetensors(path);
  const names = [...file.tensors.keys()];
  const values = await file.read(names);
  const tensors = names.map(
    (name, i) => [name, { ...file.tensors.get(name)!, values: Array.from(values[i]!) }] as const,
  );
  return { metadata: file.metadata, tensors: Object.fromEntries(tensors) };
}

const weights: Record<string, Picklable> = { a: tensor('0', [2, 3]), b: tensor('1', [2], { legacy: true }) };
const storages = { '0': floats(1, 2, 3, 4, 5, 6), '1': floats(7, 8) };

test.each([
  ['present', 'm.ckpt', torchFile({ state_dict: weights, optimizer_states: [1], global_step: 875_000 }, storages)],
  ['older', 'm.pth', legacyTorchFile({ state_dict: weights, global_step: 875_000 }, storages)],
])("imports a file of torch's %s form", async (_, name, bytes) => {
  const path = await importModel(await place(name, bytes), models);
  expect(path).toBe(join(models, 'm.safetensors'));
  expect(await contents(path)).toMatchObject({
    metadata: { format: 'pt', global_step: '875000' },
    tensors: {
      a: { type: 'F32', shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
      b: { shape: [2], values: [7, 8] },
    },
  });
});

test('brings views of a storage in the order of their rows', async () => {
  const views = {
    transposed: tensor('0', [3, 2], { strides: [1, 3], count: 6 }),
    column: tensor('0', [2], { strides: [3], offset: 2, count: 6 }),
    turned: tensor('0', [1, 3, 2], { strides: [9, 1, 3], count: 6 }),
    nothing: tensor('0', [0, 4], { count: 6 }),
    scalar: tensor('0', [], { offset: 5, count: 6 }),
  };
  const { tensors } = await contents(await importModel(await place('m.pt', torchFile(views, storages)), models));
  expect(tensors.transposed!.values).toEqual([1, 4, 2, 5, 3, 6]);
  expect(tensors.column!.values).toEqual([3, 6]);
  expect(tensors.turned!.values).toEqual([1, 4, 2, 5, 3, 6]);
  expect(tensors.nothing).toMatchObject({ shape: [0, 4], values: [] });
  expect(tensors.scalar).toMatchObject({ shape: [], values: [6] });
});

test('names what lies in dictionaries, and a textual inversion as its safetensors files do', async () => {
  const nested = await importModel(
    await place('n.pt', torchFile({ net: { a: weights.a! }, 3: weights.a! }, storages)),
    models,
  );
  expect(Object.keys((await contents(nested)).tensors).sort()).toEqual(['3', 'net.a']);
  const inversion = { string_to_token: { '*': 265 }, string_to_param: { '*': weights.a! }, name: 'harbour', step: 500 };
  const embedding = await importModel(await place('e.pt', torchFile(inversion, storages)), models);
  expect(await contents(embedding)).toMatchObject({
    metadata: { name: 'harbour', step: '500' },
    tensors: { emb_params: {} },
  });
  const averaged = torchFile({ params: { b: weights.b! }, params_ema: { a: weights.a! } }, storages);
  expect(Object.keys((await contents(await importModel(await place('u.pth', averaged), models))).tensors)).toEqual([
    'a',
  ]);
});

const tooDeep = [...'abcdefghij'].reduce<Picklable>((inner, name) => ({ [name]: inner }), tensor('0', [6]));

test.each<[string, Buffer, string]>([
  ['no torch file', Buffer.from('hello there'), 'is no file of torch.save.'],
  ['an empty file', Buffer.alloc(0), 'is no file of torch.save.'],
  ['a pickle of something else', Buffer.from([0x80, 2, 0x4b, 1, 0x2e]), 'is no file of torch.save.'],
  [
    'another archive',
    zip({ 'readme.txt': Buffer.from('hi') }),
    'is an archive, but none of torch: it has no data.pkl.',
  ],
  [
    'a compressed archive',
    zip({ 'archive/data.pkl': Buffer.from('x') }, 8),
    'has "archive/data.pkl" compressed or encrypted',
  ],
  [
    'a program',
    zip({ 'a/data.pkl': Buffer.from('x'), 'a/constants.pkl': Buffer.from('x') }),
    'is a TorchScript program',
  ],
  [
    'another byte order',
    torchFile(weights, storages, 'big'),
    'was written in the byte order "big", expected "little".',
  ],
  ['another byte order of old', legacyTorchFile(weights, storages, false), 'was written in the byte order "big"'],
  ['a missing storage', torchFile(weights, { '0': storages['0'] }), 'lacks the storage "1".'],
  [
    'a short storage',
    torchFile(weights, { ...storages, '1': floats(7) }),
    'the storage "1" of 8 bytes is not all there.',
  ],
  [
    'a cut-off file',
    legacyTorchFile(weights, storages).subarray(0, -3),
    'the storage "1" of 8 bytes is not all there.',
  ],
  [
    'a storage of another size',
    legacyTorchFile(weights, { ...storages, '1': floats(7) }),
    'its storages differ from its tensors.',
  ],
  [
    'a storage without tensor',
    legacyTorchFile(weights, { ...storages, '2': floats(7) }),
    'it has a storage that no tensor uses.',
  ],
  [
    'a tensor beyond its storage',
    torchFile({ a: tensor('0', [9], { count: 6 }) }, storages),
    'has "a" as [9], which is more than its storage of 6 elements.',
  ],
  [
    'a tensor that repeats',
    torchFile({ a: tensor('0', [2 ** 30, 2 ** 10], { strides: [0, 0], count: 6 }) }, storages),
    'is more than its storage of 6 elements.',
  ],
  [
    'one storage many times',
    torchFile(Object.fromEntries(Array.from({ length: 9999 }, (_, i) => [`t${i}`, tensor('0', [60_000])])), {
      '0': Buffer.alloc(240_000),
    }),
    'would become one of 2399760000; refused.',
  ],
  ['nothing', torchFile({ a: 1 }, {}), 'holds no tensors with names.'],
  ['a list', torchFile([weights.a!], storages), 'holds no tensors with names.'],
  [
    'two of a name',
    torchFile({ a: { b: weights.a! }, 'a.b': weights.a! }, storages),
    'has two tensors of the name "a.b".',
  ],
  ['dictionaries without end', torchFile(tooDeep, storages), 'is nested deeper than 8 dictionaries.'],
])('refuses %s', async (_, bytes, message) => {
  const path = await place('m.pt', bytes);
  await expect(importModel(path, models)).rejects.toThrow(message);
  await expect(importModel(path, models)).rejects.toThrow(path);
  expect(await readdir(models)).toEqual([]);
});

test('writes settings into a copy of a checkpoint', async () => {
  const settings = { kind: 'sd2-v', config: { unet: { norm_num_groups: 4 } } } as const;
  const path = await importModel(CHECKPOINT, models, { settings });
  const [copy, original] = [await openSafetensors(path), await openSafetensors(CHECKPOINT)];
  expect(JSON.parse(copy.metadata.atelier!)).toEqual(settings);
  expect(new Set(copy.tensors.keys())).toEqual(new Set(original.tensors.keys()));
  const names = [...original.tensors.keys()];
  expect(await copy.read(names)).toEqual(await original.read(names));
  const pickle = await place('e.pt', torchFile(weights, storages));
  await expect(importModel(pickle, models, { settings })).rejects.toThrow(
    'is no checkpoint, so that it takes no settings',
  );
});

test('replaces what is there only when asked to', async () => {
  const source = await place('m.pt', torchFile(weights, storages));
  const path = await importModel(source, models);
  await expect(importModel(source, models)).rejects.toThrow(`${path} exists already.`);
  expect(await importModel(source, models, { overwrite: true })).toBe(path);
  await expect(importModel(join(folder, 'none.pt'), models)).rejects.toThrow('none.pt does not exist.');
  await expect(importModel(await place('m.txt', 'x'), models)).rejects.toThrow(
    'is no model: files end in .safetensors, ',
  );
});

test('leaves nothing of a folder that cannot be imported', async () => {
  const source = join(folder, 'pipeline');
  await mkdir(source);
  await place('pipeline/config.json', '{}');
  await place('pipeline/pytorch_model.bin', 'damaged');
  await expect(importModel(source, models)).rejects.toThrow('pytorch_model.bin is no file of torch.save.');
  expect(await readdir(models)).toEqual([]);
});

test('imports a folder, with the names that its weights get as safetensors', async () => {
  const source = join(folder, 'pipeline');
  const bytes = torchFile(weights, storages);
  const index = '{"weight_map": {"a": "pytorch_model-00001-of-00001.bin"}}';
  for (const [path, content] of Object.entries({
    'model_index.json': '{}',
    'picture.png': 'no',
    'unet/config.json': '{}',
    'unet/diffusion_pytorch_model.fp16.bin': bytes,
    'vae/diffusion_pytorch_model.bin': bytes,
    'vae/diffusion_pytorch_model.safetensors': 'kept',
    'text_encoder/pytorch_model.bin': bytes,
    'text_encoder_2/pytorch_model.bin.index.json': index,
    'text_encoder_2/pytorch_model-00001-of-00001.bin': bytes,
    '.git/config': 'no',
  })) {
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), content);
  }
  const path = await importModel(source, models);
  expect(path).toBe(join(models, 'pipeline'));
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  expect(files.map((file) => join(file.parentPath, file.name).slice(path.length + 1)).sort()).toEqual([
    'model_index.json',
    'text_encoder/model.safetensors',
    'text_encoder_2/model-00001-of-00001.safetensors',
    'text_encoder_2/model.safetensors.index.json',
    'unet/config.json',
    'unet/diffusion_pytorch_model.fp16.safetensors',
    'vae/diffusion_pytorch_model.safetensors',
  ]);
  expect(await readFile(join(path, 'text_encoder_2/model.safetensors.index.json'), 'utf8')).toContain(
    '"model-00001-of-00001.safetensors"',
  );
  await expect(importModel(source, models)).rejects.toThrow(`${path} exists already.`);
  await expect(importModel(models, join(folder, 'others'))).rejects.toThrow(
    'is no model: it has neither model_index.json nor config.json.',
  );
});
