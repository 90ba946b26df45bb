import { stat } from 'node:fs/promises';
import { networkFolder, type NetworkSource } from '../checkpoint/checkpoint.js';
import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import { openSafetensors } from '../checkpoint/safetensors.js';
import { contentOf } from '../checkpoint/single-file/detect.js';
import { openAdapter, openControlNet } from '../checkpoint/single-file/open-network.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model } from '../graph/graph.js';
import { controlNet, readControlNetConfig, type ControlNetConfig } from '../networks/controlnet.js';
import { readAdapterConfig, t2iAdapter, type AdapterConfig } from '../networks/t2i-adapter.js';
import type { Target } from '../networks/weights.js';
import type { Session } from '../runtime/session.js';
import type { SessionCache } from '../runtime/session-cache.js';
import { memoryOf, openNetwork, type Network } from './open-network.js';

export interface ControlNet {
  kind: 'controlnet';
  path: string;
  config: ControlNetConfig;
  weights: WeightSet;
  load(): Promise<Session>;
}

/** A T2I-Adapter. */
export interface Adapter {
  kind: 't2i_adapter';
  path: string;
  config: AdapterConfig;
  weights: WeightSet;
  load(): Promise<Session>;
}

/** A network that lets pictures follow another; it is loaded when it is first needed. */
export type ControlNetwork = ControlNet | Adapter;

/**
 * Opens a ControlNet or a T2I-Adapter, whichever lies there: a diffusers folder or a file of one of them.
 * Throws CheckpointError.
 */
export async function openControlNetwork(
  path: string,
  sessions: SessionCache,
  target: Target,
): Promise<ControlNetwork> {
  const source = await sourceOf(path);
  const load =
    (kind: ControlNetwork['kind'], { weights }: Network<unknown>, build: () => Model) =>
    () =>
      sessions.get({
        key: `${kind}\n${weights.identity}`,
        network: kind,
        source: path,
        bytes: memoryOf(weights, target),
        build,
      });
  if ('adapter_type' in (await source.readConfig())) {
    const network = await openNetwork(source, readAdapterConfig);
    const { config, weights } = network;
    const build = () => t2iAdapter(config, weights, { target });
    return { kind: 't2i_adapter', path, config, weights, load: load('t2i_adapter', network, build) };
  }
  const network = await openNetwork(source, readControlNetConfig);
  const { config, weights } = network;
  const build = () => controlNet(config, weights, { target });
  return { kind: 'controlnet', path, config, weights, load: load('controlnet', network, build) };
}

async function sourceOf(path: string): Promise<NetworkSource> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) return networkFolder(path);
  if (!status) throw new CheckpointError(`${path} does not exist.`);
  const content = contentOf((await openSafetensors(path)).tensors);
  if (content === 't2i-adapter') return openAdapter(path);
  if (content === 'controlnet') return openControlNet(path);
  throw new CheckpointError(`${path} holds neither a ControlNet nor a T2I-Adapter.`);
}
