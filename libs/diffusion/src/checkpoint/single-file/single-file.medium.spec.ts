import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compare } from '../../golden/format.js';
import { readClipTextConfig } from '../../networks/clip-text-config.js';
import { clipText } from '../../networks/clip-text.js';
import { ClipTokenizer } from '../../prompt/tokenizer.js';
import { openSession } from '../../runtime/session.js';
import { openCheckpoint, requireComponent, type NetworkSource } from '../checkpoint.js';
import type { JsonObject } from '../json.js';
import { openAdapter, openControlNet, openVae } from './open-network.js';
import { openSingleFile } from './open-single-file.js';

const GOLDENS = join(import.meta.dirname, '../../../../../tests/goldens/pipelines');
const SDXL = join(GOLDENS, 'single-file/sdxl.safetensors');
const CPU = { provider: 'cpu', threads: 1 };

async function pooled(source: NetworkSource, config: JsonObject): Promise<Float32Array> {
  const options = { target: { provider: 'cpu', precision: 'F32' }, skips: [0], normalize: false } as const;
  const model = clipText(readClipTextConfig(config, source.path), await source.openWeights(), options);
  const session = await openSession(model, CPU);
  const tokens = BigInt64Array.from({ length: 77 }, (_, i) => BigInt((i * 37) % 634));
  const results = await session.run({ tokens: { data: tokens, shape: [1, 77] } });
  await session.release();
  return results.pooled!.data;
}

test("computes with OpenCLIP's weights where they lie: parts of a tensor, and a transposed one", async () => {
  const folder = requireComponent(await openCheckpoint(join(GOLDENS, 'sdxl/model')), 'text_encoder_2');
  const single = requireComponent(await openCheckpoint(SDXL), 'text_encoder_2');
  const config = await folder.readConfig();
  const { relL2 } = compare(await pooled(single, config), await pooled(folder, config));
  // The file holds the weights rounded to half precision.
  expect(relL2).toBeLessThan(2e-3);
});

test("brings CLIP's own tokenizer, filled up as each encoder expects", async () => {
  const { components } = await openCheckpoint(SDXL);
  const open = ({ path, padToken }: { path: string; padToken?: string }) => ClipTokenizer.fromFolder(path, padToken);
  const [first, second] = [await open(components.get('tokenizer')!), await open(components.get('tokenizer_2')!)];
  expect(first.encode('a cat').slice(0, 5)).toEqual([49406, 320, 2368, 49407, 49407]);
  expect(second.encode('a cat').slice(0, 5)).toEqual([49406, 320, 2368, 49407, 0]);
});

test('lets settings replace what was found out', async () => {
  const { pipelineClass, components, scheduler } = await openSingleFile(join(GOLDENS, 'single-file/sd1.safetensors'), {
    kind: 'sd2-v',
    config: { unet: { norm_num_groups: 4 }, scheduler: { timestep_spacing: 'trailing' } },
  });
  expect(pipelineClass).toBe('StableDiffusionPipeline');
  expect(scheduler).toMatchObject({ prediction_type: 'v_prediction', timestep_spacing: 'trailing' });
  expect(await components.get('unet')!.readConfig()).toMatchObject({ norm_num_groups: 4, sample_size: 96 });
});

test('opens an autoencoder from a folder, a file of its own, or a checkpoint', async () => {
  const folder = join(GOLDENS, 'sdxl/model/vae');
  const places = [folder, join(folder, 'diffusion_pytorch_model.safetensors'), SDXL];
  for (const place of places) {
    const vae = await openVae(place, { scaling_factor: 0.13025 });
    expect(await vae.readConfig()).toMatchObject({
      block_out_channels: [4, 8, 8, 8],
      layers_per_block: 2,
      scaling_factor: 0.13025,
    });
    expect((await vae.openWeights()).tensors.size).toBe(244);
  }
  const unet = join(GOLDENS, 'sdxl/model/unet/diffusion_pytorch_model.safetensors');
  await expect(openVae(unet)).rejects.toThrow(`${unet} holds no autoencoder.`);
  await expect(openVae(join(folder, 'none'))).rejects.toThrow('does not exist.');
});

test("tells a ControlNet's configuration by its tensors", async () => {
  for (const model of ['model1', 'model-xl']) {
    const folder = await openControlNet(join(GOLDENS, 'controlnet', model));
    const file = await openControlNet(join(GOLDENS, 'controlnet', model, 'diffusion_pytorch_model.safetensors'));
    const [expected, found] = [await folder.readConfig(), await file.readConfig()];
    for (const key of [
      'block_out_channels',
      'conditioning_channels',
      'conditioning_embedding_out_channels',
      'cross_attention_dim',
      'down_block_types',
      'in_channels',
      'layers_per_block',
      'mid_block_type',
      'projection_class_embeddings_input_dim',
      'use_linear_projection',
    ]) {
      expect(found[key] ?? null, key).toEqual(expected[key]);
    }
  }
  await expect(openControlNet(SDXL)).rejects.toThrow('holds no ControlNet.');
});

test("tells a T2I-Adapter's configuration by its tensors", async () => {
  for (const model of ['full_adapter', 'light_adapter', 'full_adapter_xl']) {
    const folder = join(GOLDENS, 't2i-adapter', model);
    const expected = await (await openAdapter(folder)).readConfig();
    const found = await (await openAdapter(join(folder, 'diffusion_pytorch_model.safetensors'))).readConfig();
    expect({ ...expected, ...found }).toEqual(expected);
  }
  await expect(openAdapter(SDXL)).rejects.toThrow('holds no T2I-Adapter.');
});
