import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCheckpoint } from '../checkpoint/checkpoint.js';
import { EngineError } from '../runtime/engine-error.js';
import { nameCulprit } from './name-culprit.js';
import { createRenderer } from './renderer.js';
import type { Renderer, RenderRequest } from './types.js';

const GOLDENS = join(import.meta.dirname, '../../../../tests/goldens/pipelines');
const golden = (path: string) => join(GOLDENS, path);
const request: RenderRequest = {
  checkpoint: golden('sd1/model'),
  ...{ steps: 1, guidanceScale: 4, width: 64, height: 64 },
  pictures: [{ prompt: 'a cat', seed: 7 }],
};
const picture = { width: 32, height: 32, pixels: new Uint8Array(32 * 32 * 3).fill(99) };

let renderer: Renderer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-spoilt-'));
  renderer = await createRenderer({ provider: 'cpu', threads: 2 });
});
afterAll(async () => {
  await renderer.release();
  await rm(folder, { recursive: true, force: true });
});

/** Copies files, and makes none of one tensor of one of them a number. */
async function spoilt(from: string, file: string, tensor: string): Promise<string> {
  const to = await mkdtemp(join(folder, 'copy-'));
  const copy = join(to, 'model');
  await cp(golden(from), copy, { recursive: true });
  const path = join(copy, file);
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { data_offsets: number[] }>;
  const [begin = 0, end = 0] = header[tensor]!.data_offsets;
  // All bits set is no number in any type of weights.
  bytes.fill(0xff, 8 + length + begin, 8 + length + end);
  await writeFile(path, bytes);
  return copy;
}

const likeness = (path: string, encoder: string) => ({ imagePrompts: [{ path, encoder, images: [picture] }] });
const [adapters, encoder] = ['ip-adapter/models', 'ip-adapter/image_encoder'];

interface Spoilt {
  what: string;
  from: string;
  file: string;
  tensor: string;
  asked: (path: string) => Partial<RenderRequest>;
}
const withAdapter = {
  from: adapters,
  file: 'ip-adapter_sd15.safetensors',
  asked: (path: string) => likeness(path, golden(encoder)),
};
const cases: Spoilt[] = [
  { what: 'an IP-Adapter', ...withAdapter, tensor: 'image_proj.proj.weight' },
  { what: 'the attention of an IP-Adapter', ...withAdapter, tensor: 'ip_adapter.1.to_v_ip.weight' },
  {
    what: "an IP-Adapter's image encoder",
    ...{ from: encoder, file: 'model.safetensors', tensor: 'visual_projection.weight' },
    asked: (path) => likeness(golden(adapters), path),
  },
  {
    what: 'the first latent diffusion',
    ...{ from: 'ldm-text2im/model', file: 'unet/diffusion_pytorch_model.safetensors', tensor: 'conv_out.weight' },
    asked: (checkpoint) => ({ checkpoint }),
  },
  {
    what: 'a safety checker',
    ...{ from: 'safety-checker/safety_checker', file: 'model.safetensors', tensor: 'visual_projection.weight' },
    asked: (checker) => ({ safety: { checker } }),
  },
];

test.each(cases)('$what with weights that are not finite is named by file and key', async (spoiltCase) => {
  const { from, file, tensor, asked } = spoiltCase;
  const path = await spoilt(from, file, tensor);
  const drawing = renderer.render({ ...request, ...asked(path) });
  await expect(drawing).rejects.toMatchObject({
    code: 'corrupt_output',
    message: expect.stringContaining(`${file} has "${tensor}" with values that are not finite`) as string,
  });
});

// The small single files have not the widths that the known kinds are drawn with.
test.each([
  ['sd1', 'unet', 'model.diffusion_model.out.2.weight'],
  ['sd1', 'vae', 'first_stage_model.decoder.conv_out.weight'],
  ['sdxl', 'text_encoder_2', 'conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight'],
])('%s.safetensors with a %s that is not finite is named by its own key', async (name, network, tensor) => {
  const path = join(await spoilt('single-file', `${name}.safetensors`, tensor), `${name}.safetensors`);
  const { components } = await openCheckpoint(path);
  const error = new EngineError('corrupt_output', 'no picture');
  const named = await nameCulprit(error, async () => (await components.get(network)!.openWeights()).tensors.values());
  expect(named).toMatchObject({
    code: 'corrupt_output',
    message: expect.stringContaining(`${name}.safetensors has "${tensor}" with values that are not finite`) as string,
  });
});
