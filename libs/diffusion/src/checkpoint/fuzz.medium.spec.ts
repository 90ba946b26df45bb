import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { damaged, damagedJson, tryAll, type Random } from '../fuzz.fixture.js';
import { loadLoras } from '../lora/load.js';
import { isSize } from '../networks/config.js';
import { readClipTextConfig } from '../networks/clip-text-config.js';
import { clipText } from '../networks/clip-text.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { unet } from '../networks/unet.js';
import { readVaeConfig } from '../networks/vae-config.js';
import { vaeDecoder } from '../networks/vae.js';
import { loadEmbeddings } from '../prompt/load-embeddings.js';
import { createSampler } from '../samplers/registry.js';
import { parseSchedulerConfig } from '../samplers/scheduler-config.js';
import { describeCheckpoint } from './describe.js';
import { importFile } from './import/import-file.js';
import { readJsonObject } from './json.js';
import { floats, legacyTorchFile, tensor, torchFile } from './pickle/pickle.fixture.js';
import { openSafetensors } from './safetensors.js';
import { openSingleFile } from './single-file/open-single-file.js';
import { openWeights, type WeightSet } from './weight-files.js';

const PIPELINES = join(import.meta.dirname, '../../../../tests/goldens/pipelines');
const MODEL = join(PIPELINES, 'sdxl/model');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function place(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

/** A safetensors file with another header in front of its tensors. */
function withHeader(header: unknown, tensors: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, tensors]);
}

test('safetensors', async () => {
  const tensors = Buffer.alloc(60);
  const header = {
    __metadata__: { format: 'pt', note: 'small' },
    'a.weight': { dtype: 'F16', shape: [2, 3], data_offsets: [0, 12] },
    'b.weight': { dtype: 'F32', shape: [3, 1, 2], data_offsets: [12, 36] },
    c: { dtype: 'I64', shape: [], data_offsets: [36, 44] },
    d: { dtype: 'F8_E4M3', shape: [16], data_offsets: [44, 60] },
  };
  const attempt = async (random: Random) => {
    const bytes = random(2)
      ? withHeader(damagedJson(header, random), tensors)
      : damaged(withHeader(header, tensors), random);
    const { read, tensors: found } = await openSafetensors(await place('m.safetensors', bytes));
    await read([...found.keys()]);
  };
  const { sentences } = await tryAll(1500, attempt);
  expect(sentences).toBeGreaterThan(1000);
});

test('single-file checkpoints', async () => {
  const file = await readFile(join(PIPELINES, 'single-file/sd1.safetensors'));
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<string, { shape: number[] }>;
  const names = Object.keys(header);
  const attempt = async (random: Random) => {
    // Tensors that are gone, that have other names, or another order of sizes.
    const damagedHeader = { ...header };
    for (let count = 1 + random(3); count > 0; count--) {
      const [name, other] = [names[random(names.length)]!, names[random(names.length)]!];
      const entry = damagedHeader[name];
      if (!entry) continue;
      delete damagedHeader[name];
      if (random(2))
        damagedHeader[`${other}${random(3) ? '' : '.more'}`] = { ...entry, shape: entry.shape.toReversed() };
    }
    const path = await place('m.safetensors', withHeader(damagedHeader, file.subarray(8 + length)));
    const { components } = await openSingleFile(path, {});
    for (const [name, component] of components) if (!name.startsWith('tokenizer')) await component.readConfig();
  };
  await tryAll(100, attempt);
});

test('pickles', async () => {
  const weights = (legacy: boolean) => ({
    state_dict: { a: tensor('0', [2, 3], { legacy }), b: tensor('1', [2, 2], { strides: [1, 2], legacy }) },
    global_step: 1000,
  });
  const storages = { '0': floats(1, 2, 3, 4, 5, 6), '1': floats(7, 8, 9, 10) };
  const files = [torchFile(weights(false), storages), legacyTorchFile(weights(true), storages)];
  const attempt = async (random: Random) => {
    const source = await place('m.pt', damaged(files[random(2)]!, random));
    await importFile(source, join(folder, 'imported.safetensors'), { overwrite: true });
  };
  const { results, sentences } = await tryAll(2000, attempt);
  expect(results).toBeGreaterThan(100);
  expect(sentences).toBeGreaterThan(1000);
});

test('the description of a checkpoint', async () => {
  const paths = ['model_index.json', 'unet/config.json', 'vae/config.json', 'scheduler/scheduler_config.json'];
  const files = await Promise.all(
    paths.map(async (path) => [path, await readFile(join(MODEL, path), 'utf8')] as const),
  );
  for (const path of paths) await mkdir(join(folder, dirname(path)), { recursive: true });
  const attempt = async (random: Random) => {
    const chosen = random(files.length);
    for (const [i, [path, text]] of files.entries()) {
      await place(path, i === chosen ? JSON.stringify(damagedJson(JSON.parse(text), random)) : text);
    }
    const { defaultWidth, defaultHeight, sizeMultiple } = await describeCheckpoint(folder);
    for (const size of [defaultWidth, defaultHeight, sizeMultiple]) expect(size).toSatisfy(isSize);
  };
  const { results, sentences } = await tryAll(400, attempt);
  expect(results).toBeGreaterThan(100);
  expect(sentences).toBeGreaterThan(50);
});

/** A whole safetensors file of tensors with these shapes, damaged: its names and shapes, its header, or its bytes. */
function damagedTensors(shapes: Record<string, readonly number[]>, random: Random): Buffer {
  const oddShapes: readonly number[][] = [[], [0], [1], [16], [3, 16], [24, 2], [8, 2, 1, 1], [76, 16], [1, 1, 1, 16]];
  const names = Object.keys(shapes);
  const entries = Object.entries(shapes).map(([name, shape]): [string, readonly number[]] => [
    random(6) === 0 ? [name, 'emb_params', 'clip_g', `${name}.more`][random(4)]! : name,
    random(4) === 0 ? oddShapes[random(oddShapes.length)]! : shape,
  ]);
  const kept = entries.filter(() => random(names.length + 4) > 0);
  let end = 0;
  const header = Object.fromEntries(
    [...new Map(kept)].map(([name, shape]) => {
      const begin = end;
      end += shape.reduce((product, size) => product * size, 2);
      return [name, { dtype: random(20) ? 'F16' : 'BF16', shape, data_offsets: [begin, end] }];
    }),
  );
  const ways = [
    () => withHeader(header, Buffer.alloc(end)),
    () => withHeader(damagedJson(header, random), Buffer.alloc(end)),
    () => damaged(withHeader(header, Buffer.alloc(end)), random),
  ];
  return ways[random(ways.length)]!();
}

test('textual inversions', async () => {
  const files: Record<string, readonly number[]>[] = [
    { '<cat-toy>': [16] },
    { emb_params: [3, 16] },
    { clip_l: [2, 16], clip_g: [2, 24] },
  ];
  const takers = [
    { name: 'text_encoder', vocabulary: 634, width: 16 },
    { name: 'text_encoder_2', vocabulary: 634, width: 24 },
  ];
  const attempt = async (random: Random) => {
    const path = await place('word.safetensors', damagedTensors(files[random(files.length)]!, random));
    const { added } = await loadEmbeddings([{ path }], takers);
    for (const { words } of Object.values(added)) {
      for (const { ids } of words) expect(ids.length).toBeLessThanOrEqual(75);
    }
  };
  const { results, sentences } = await tryAll(500, attempt);
  expect(results).toBeGreaterThan(50);
  expect(sentences).toBeGreaterThan(200);
});

test('LoRAs', async () => {
  const target = { target: 'unet' as const, module: 'mid_block.attentions.0.proj_in', shape: [8, 8, 1, 1] };
  const layout = { layersPerBlock: 2, upBlockHasAttention: [false, true] };
  const lora = 'lora_unet_mid_block_attentions_0_proj_in';
  const file = {
    [`${lora}.lora_down.weight`]: [2, 8, 1, 1],
    [`${lora}.lora_up.weight`]: [8, 2, 1, 1],
    [`${lora}.alpha`]: [],
  };
  const attempt = async (random: Random) => {
    const path = await place('lora.safetensors', damagedTensors(file, random));
    await loadLoras([{ path, weight: 1 }], { modules: [target], layout });
  };
  const { results, sentences } = await tryAll(500, attempt);
  expect(results).toBeGreaterThan(20);
  expect(sentences).toBeGreaterThan(200);
});

/** Readers of configurations, with the networks that are built by them. */
const TARGET = { target: { provider: 'cpu', precision: 'F32' } } as const;
const READERS: Record<string, (json: Record<string, unknown>, weights: WeightSet) => unknown> = {
  unet: (json, weights) => unet(readUnetConfig(json, 'config.json'), weights, TARGET),
  vae: (json, weights) => vaeDecoder(readVaeConfig(json, 'config.json'), weights, TARGET),
  text_encoder_2: (json, weights) =>
    clipText(readClipTextConfig(json, 'config.json'), weights, { ...TARGET, skips: [1], normalize: false }),
};

test.each(Object.keys(READERS))('the configuration of a network: %s', async (name) => {
  const text = await readFile(join(MODEL, name, 'config.json'));
  const weights = await openWeights(join(MODEL, name));
  const attempt = async (random: Random) => {
    const bytes = random(5) ? JSON.stringify(damagedJson(JSON.parse(text.toString()), random)) : damaged(text, random);
    const json = await readJsonObject(await place('config.json', bytes));
    READERS[name]!(json!, weights);
  };
  const { results, sentences } = await tryAll(400, attempt);
  expect(results).toBeGreaterThan(20);
  expect(sentences).toBeGreaterThan(100);
});

test.each(['PNDM', 'EulerDiscrete', 'DPMSolverMultistep', 'UniPCMultistep', 'LCM'])(
  'the configuration of a sampler: %s',
  async (name) => {
    const scheduler = JSON.parse(await readFile(join(MODEL, 'scheduler/scheduler_config.json'), 'utf8')) as object;
    const config = { ...scheduler, _class_name: `${name}Scheduler`, solver_order: 2, original_inference_steps: 50 };
    const attempt = async (random: Random) => {
      const text = random(5)
        ? JSON.stringify(damagedJson(config, random))
        : damaged(Buffer.from(JSON.stringify(config)), random);
      createSampler(parseSchedulerConfig(text.toString()), 4);
    };
    const { results, sentences } = await tryAll(300, attempt);
    expect(results).toBeGreaterThan(20);
    expect(sentences).toBeGreaterThan(20);
  },
);
