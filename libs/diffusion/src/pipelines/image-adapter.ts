import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { imageAdapterFile } from '../checkpoint/adapter-file.js';
import { networkFolder } from '../checkpoint/checkpoint.js';
import { openWeightFile, type WeightSet } from '../checkpoint/weight-files.js';
import { clipImage, readClipImageConfig, type ClipImageConfig } from '../networks/clip-image.js';
import { ipAdapterTokens, readIpAdapterConfig, type IpAdapterConfig } from '../networks/ip-adapter.js';
import type { Target } from '../networks/weights.js';
import type { Session } from '../runtime/session.js';
import type { SessionCache } from '../runtime/session-cache.js';
import { memoryOf, openNetwork, type Network } from './open-network.js';

/** An IP-Adapter: projections within the U-Net, and a network of its own that makes tokens for them. */
export interface ImageAdapter extends Network<IpAdapterConfig> {
  load(sessions: SessionCache, target: Target): Promise<Session>;
}

/** What tells an IP-Adapter what a picture shows. */
export interface ImageEncoder {
  config: ClipImageConfig;
  weights: WeightSet;
  load(): Promise<Session>;
}

/** Opens an IP-Adapter: a `.safetensors` file, or a folder that holds one. Throws CheckpointError and InputError. */
export async function openImageAdapter(path: string): Promise<ImageAdapter> {
  const weights = await openWeightFile(await imageAdapterFile(path));
  const config = readIpAdapterConfig(weights);
  return {
    ...{ config, weights, path },
    load: (sessions, target) =>
      sessions.get({
        key: `image_adapter\n${weights.identity}`,
        network: 'image_adapter',
        source: path,
        bytes: memoryOf(weights, target),
        build: () => ipAdapterTokens(config, weights, { target }),
      }),
  };
}

/** Opens a CLIP image encoder: its folder, or one that holds it in `image_encoder`. Throws CheckpointError. */
export async function openImageEncoder(path: string, sessions: SessionCache, target: Target): Promise<ImageEncoder> {
  const inner = join(path, 'image_encoder');
  const folder = (await stat(inner).catch(() => undefined))?.isDirectory() ? inner : path;
  const { config, weights } = await openNetwork(networkFolder(folder), readClipImageConfig);
  return {
    ...{ config, weights },
    load: () =>
      sessions.get({
        key: `image_encoder\n${weights.identity}`,
        network: 'image_encoder',
        source: folder,
        bytes: memoryOf(weights, target),
        build: () => clipImage(config, weights, { target }),
      }),
  };
}
