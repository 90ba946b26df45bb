import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readControlNetConfig } from '../../networks/controlnet.js';
import { readUnetConfig } from '../../networks/unet-config.js';
import { readVaeConfig } from '../../networks/vae-config.js';
import { networkFolder, openCheckpoint, requireComponent, type NetworkSource } from '../checkpoint.js';
import type { JsonObject } from '../json.js';
import { readTensor } from '../read-tensor.js';
import { openSafetensors } from '../safetensors.js';
import type { KindName } from './kinds.js';
import { openControlNet, openVae } from './open-network.js';
import { openSingleFile } from './open-single-file.js';
import * as original from './original-file.fixture.js';
import type { FloatType, Tensors, Values } from './original-file.fixture.js';

const GOLDENS = join(import.meta.dirname, '../../../../../tests/goldens/pipelines');
const TYPES: readonly FloatType[] = ['F32', 'F16', 'BF16'];

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'atelier-kinds-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

interface Case {
  kind: KindName;
  /** Where the networks come from. */
  folder: string;
  /** Where the U-Net comes from, if from elsewhere. */
  unet?: string;
  /** What the original code calls each text encoder, and whether it has OpenCLIP's form. */
  texts: Record<string, { prefix: string; openClip?: boolean }>;
  layers: number;
  /** Channels that the U-Net takes; where the folder's takes fewer, the file gets more. */
  channels: number;
  pipelineClass: string;
  prediction: 'epsilon' | 'v_prediction';
  metadata?: Record<string, string>;
  extra?: Tensors;
}

const scalar = (value: number) => ({ shape: [], data: [value] });
const noise = { prediction: 'epsilon', channels: 4, layers: 2 } as const;
const sd2Texts = { text_encoder: { prefix: 'cond_stage_model.model.', openClip: true } };
const sdxlTexts = {
  text_encoder: { prefix: 'conditioner.embedders.0.transformer.' },
  text_encoder_2: { prefix: 'conditioner.embedders.1.model.', openClip: true },
};
const sd2 = { ...noise, folder: 'sd2/model', texts: sd2Texts, layers: 1, pipelineClass: 'StableDiffusionPipeline' };
const CASES: Record<string, Case> = {
  'SD 2, 768': { ...sd2, kind: 'sd2-v', prediction: 'v_prediction' },
  'SD 2 base by its metadata': { ...sd2, kind: 'sd2', metadata: { 'modelspec.prediction_type': 'epsilon' } },
  'SD 2 base by its steps': { ...sd2, kind: 'sd2', metadata: { global_step: '875000' } },
  'SD 2 with a projection and a scale that nobody uses': {
    ...{ ...sd2, kind: 'sd2-v', prediction: 'v_prediction' },
    extra: new Map<string, Values>([
      ['cond_stage_model.model.logit_scale', scalar(4.6)],
      ['cond_stage_model.model.text_projection', { shape: [24, 24], data: new Float32Array(576) }],
    ]),
  },
  'SD 2 depth': {
    ...{ ...sd2, kind: 'sd2-depth', folder: 'sd2-depth/model', channels: 5 },
    pipelineClass: 'StableDiffusionDepth2ImgPipeline',
  },
  'SD 1 inpaint': {
    ...{ ...noise, kind: 'sd1-inpaint', folder: 'sd1-inpaint9/model', layers: 1, channels: 9 },
    texts: { text_encoder: { prefix: 'cond_stage_model.transformer.' } },
    pipelineClass: 'StableDiffusionInpaintPipeline',
  },
  'SDXL inpaint': {
    ...{ ...noise, kind: 'sdxl-inpaint', folder: 'sdxl/model', texts: sdxlTexts, channels: 9 },
    pipelineClass: 'StableDiffusionXLInpaintPipeline',
  },
  'SSD-1B': {
    ...{ ...noise, kind: 'sdxl', folder: 'sdxl/model', unet: '../models/ssd1b/unet', texts: sdxlTexts },
    pipelineClass: 'StableDiffusionXLPipeline',
  },
  'SDXL refiner': {
    ...{ ...noise, kind: 'sdxl-refiner', folder: 'sdxl-refiner/model' },
    texts: { text_encoder_2: { prefix: 'conditioner.embedders.0.model.', openClip: true } },
    pipelineClass: 'StableDiffusionXLImg2ImgPipeline',
  },
};

/** The networks of a case: by their own names, and by the original code's in one file. */
async function tensorsOf({ folder, unet: unetFolder = `${folder}/unet`, texts, layers, channels, extra }: Case) {
  const read = (network: string) => original.readFolder(join(GOLDENS, network));
  const [unet, vae] = [await read(unetFolder), await read(`${folder}/vae`)];
  const narrow = unet.get('conv_in.weight')!;
  if (narrow.shape[1] !== channels) {
    const shape = [narrow.shape[0]!, channels, 3, 3];
    const data = Float32Array.from({ length: shape[0]! * channels * 9 }, (_, i) => Math.sin(i));
    unet.set('conv_in.weight', { shape, data });
  }
  const own: Record<string, Tensors> = { unet, vae };
  const file: Tensors = new Map([
    ...original.below('model.diffusion_model.', original.originalUnet(unet, layers)),
    ...original.below('first_stage_model.', original.originalVae(vae)),
    ...(extra ?? []),
  ]);
  for (const [name, { prefix, openClip }] of Object.entries(texts)) {
    own[name] = await read(`${folder}/${name}`);
    const text = openClip ? original.openClip(own[name]) : own[name];
    for (const [key, values] of original.below(prefix, text)) file.set(key, values);
  }
  return { own, file };
}

/** What the shapes of networks as small as these do not tell: the published ones have it in common. */
const UNTOLD = ['norm_num_groups', 'attention_head_dim', 'addition_time_embed_dim', 'sample_size'];

async function untold(folder: string, keys = UNTOLD): Promise<JsonObject> {
  const config = await networkFolder(folder).readConfig();
  return Object.fromEntries(keys.flatMap((key) => (config[key] == null ? [] : [[key, config[key]]])));
}

/** Every tensor that a network has must be there with its value, and no other one. */
async function expectTensors(source: NetworkSource, expected: Tensors, type: FloatType): Promise<void> {
  const { tensors } = await source.openWeights();
  expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, { data }] of expected) {
    const found = await readTensor(tensors.get(name)!);
    expect(found.length, name).toBe(data.length);
    const other = Array.from(data).findIndex((value, i) => found[i] !== original.rounded(value, type));
    expect(other, `first value of ${name} that differs`).toBe(-1);
  }
}

const readers = { unet: readUnetConfig, vae: readVaeConfig } as const;

describe.each(Object.entries(CASES))('%s', (name, known) => {
  let networks: Awaited<ReturnType<typeof tensorsOf>>;
  beforeAll(async () => {
    networks = await tensorsOf(known);
  });

  test.each(TYPES)('is opened in %s as the folder that it was made of', async (type) => {
    const path = join(scratch, `${name} ${type}.safetensors`);
    const folders = {
      unet: join(GOLDENS, known.unet ?? `${known.folder}/unet`),
      vae: join(GOLDENS, known.folder, 'vae'),
    };
    const { own, file } = networks;
    await original.writeFile(path, file, type, known.metadata);
    const config = {
      unet: await untold(folders.unet),
      vae: await untold(folders.vae, ['norm_num_groups', 'sample_size']),
    };
    const opened = await openSingleFile(path, { config });
    expect(opened.pipelineClass).toBe(known.pipelineClass);
    expect(opened.scheduler.prediction_type).toBe(known.prediction);
    for (const [network, tensors] of Object.entries(own)) {
      await expectTensors(requireComponent(opened, network), tensors, type);
    }
    for (const [network, read] of Object.entries(readers)) {
      const config = await networkFolder(folders[network as keyof typeof folders]).readConfig();
      const expected = network === 'unet' ? { ...config, in_channels: known.channels } : config;
      const found = await requireComponent(opened, network).readConfig();
      expect(read(found, network), network).toEqual(read(expected, network));
    }
    expect([...opened.components.keys()].filter((part) => part.startsWith('text')).sort()).toEqual(
      Object.keys(known.texts),
    );
  });
});

test('writes here the names that the reference converts', async () => {
  const base = { ...noise, pipelineClass: '', kind: 'sdxl' } as const;
  const cases: Record<string, Case> = {
    sd1: { ...base, folder: 'sd1/model', texts: CASES['SD 1 inpaint']!.texts },
    sdxl: { ...base, folder: 'sdxl/model', texts: sdxlTexts },
  };
  for (const [name, known] of Object.entries(cases)) {
    const golden = await openSafetensors(join(GOLDENS, 'single-file', `${name}.safetensors`));
    const { file } = await tensorsOf(known);
    const ignored = /position_ids$|logit_scale$|^(alphas_cumprod|betas)$/;
    const shapes = [...golden.tensors].filter(([key]) => !ignored.test(key)).map(([key, { shape }]) => [key, shape]);
    const written = [...file].map(([key, { shape }]) => [key, shape]);
    expect(new Map(written as [string, number[]][])).toEqual(new Map(shapes as [string, number[]][]));
  }
});

test('takes the kind that it is told, by settings or in the metadata of the file', async () => {
  const path = join(scratch, 'told.safetensors');
  const { file } = await tensorsOf(CASES['SD 2, 768']!);
  await original.writeFile(path, file, 'F16');
  expect((await openCheckpoint(path)).scheduler.prediction_type).toBe('v_prediction');
  expect((await openSingleFile(path, { kind: 'sd2' })).scheduler.prediction_type).toBe('epsilon');
  await original.writeFile(path, file, 'F16', { atelier: '{"kind":"sd2"}' });
  expect((await openCheckpoint(path)).scheduler.prediction_type).toBe('epsilon');
});

const KEYS = ['norm_num_groups', 'attention_head_dim', 'addition_time_embed_dim'];
describe.each(TYPES)('in %s', (type) => {
  test.each(['model1', 'model-xl'])('a ControlNet (%s) is opened as its folder', async (model) => {
    const folder = join(GOLDENS, 'controlnet', model);
    const own = await original.readFolder(folder);
    for (const prefix of ['control_model.', '']) {
      const path = join(scratch, `control ${type}.safetensors`);
      const settings = { config: { controlnet: await untold(folder, KEYS) } };
      await original.writeFile(path, original.below(prefix, original.originalUnet(own, 2)), type, {
        atelier: JSON.stringify(settings),
      });
      const opened = await openControlNet(path);
      await expectTensors(opened, own, type);
      const expected = await networkFolder(folder).readConfig();
      expect(readControlNetConfig(await opened.readConfig(), 'it')).toEqual(readControlNetConfig(expected, 'it'));
    }
  });

  test.each(['sd1', 'sdxl', 'sd1-inpaint9'])('the autoencoder of %s is opened as its folder', async (model) => {
    const folder = join(GOLDENS, model, 'model/vae');
    const own = await original.readFolder(folder);
    const config = await networkFolder(folder).readConfig();
    for (const prefix of ['first_stage_model.', 'vae.', '']) {
      const path = join(scratch, `vae ${type}.safetensors`);
      const settings = { config: { vae: await untold(folder, ['norm_num_groups']) } };
      const file = original.below(prefix, original.originalVae(own));
      await original.writeFile(path, file, type, { atelier: JSON.stringify(settings) });
      const opened = await openVae(path, config);
      await expectTensors(opened, own, type);
      expect(readVaeConfig(await opened.readConfig(), 'it')).toEqual(readVaeConfig(config, 'it'));
    }
  });
});
