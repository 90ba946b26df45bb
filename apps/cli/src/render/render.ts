import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { engineRequest, pictureFile } from '@atelier/agent';
import { expand, references, type Batch } from '@atelier/batch';
import { ENGINE_BUILD, startEngine, type RendererOptions, type RenderProgress } from '@atelier/diffusion';
import type { Config } from '../config.js';
import { UsageError } from '../errors.js';
import { resolveLocally } from './models.js';

export interface RenderOptions {
  /** Where models and this user's files are. */
  place: Pick<Config, 'modelFolders' | 'home'>;
  /** Where the picture with this seed goes. */
  fileOf(seed: number): string;
  /** Whether a file that is there may be replaced. */
  overwrite: boolean;
  provider?: string;
  precision?: RendererOptions['precision'];
  threads?: number;
  signal: AbortSignal;
  onWarning(text: string): void;
  onProgress(index: number, progress: RenderProgress): void;
}

export interface Rendered {
  file: string;
  seed: number;
  width: number;
  height: number;
  sha256: string;
  pixelSha256: string;
  sampler: string;
  schedule: string;
  steps: number;
  provider: string;
  precision: string;
  engine: string;
  seconds: { load: number; encode: number; denoise: number; decode: number; total: number };
}

/** Makes the pictures of `batch` one after the other, in an engine process of this machine; a file is whole or not there. */
export async function* renderLocally(batch: Batch, options: RenderOptions): AsyncGenerator<Rendered> {
  const models = await resolveLocally(options.place, references(batch));
  const expansion = expand(batch, { ...models.resolved, seedBase: 0 });
  expansion.warnings.forEach(options.onWarning);

  const { fileOf, overwrite, provider, precision, threads, signal } = options;
  const files = Array.from({ length: expansion.total }, (_, index) => fileOf(expansion.seedOf(index)));
  const present = overwrite ? undefined : files.find(existsSync);
  if (present) throw new UsageError(`${present} exists; --force overwrites it`);

  const engine = await startEngine({
    ...(provider && { provider }),
    ...(precision && { precision }),
    ...(threads && { threads }),
  });
  try {
    for (let index = 0; index < expansion.total; index++) {
      const started = performance.now();
      const request = expansion.request(index);
      const result = await engine.render(engineRequest([request], models.pathOf)(models.images), {
        signal,
        onProgress: (progress) => options.onProgress(index, progress),
      });
      const picture = result.pictures[0]!;
      const { file: content } = await pictureFile(request, picture, result.settings);
      const file = files[index]!;
      await writeWhole(file, content);
      yield {
        file,
        seed: request.seed,
        width: picture.width,
        height: picture.height,
        sha256: createHash('sha256').update(content).digest('hex'),
        pixelSha256: picture.pixelSha256,
        sampler: result.settings.sampler,
        schedule: result.settings.schedule,
        steps: result.settings.steps,
        provider: engine.device.provider,
        precision: engine.device.precision,
        engine: ENGINE_BUILD,
        seconds: {
          load: toMilliseconds(result.secondsLoad),
          encode: toMilliseconds(result.secondsEncode),
          denoise: toMilliseconds(result.secondsDenoise),
          decode: toMilliseconds(result.secondsDecode),
          total: toMilliseconds((performance.now() - started) / 1000),
        },
      };
    }
  } finally {
    engine.kill();
  }
}

const toMilliseconds = (seconds: number) => Math.round(seconds * 1000) / 1000;

async function writeWhole(file: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
}
