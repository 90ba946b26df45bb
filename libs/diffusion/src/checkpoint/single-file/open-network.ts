import { stat } from 'node:fs/promises';
import { networkFolder, type NetworkSource } from '../network-source.js';
import { CheckpointError } from '../checkpoint-error.js';
import type { JsonObject } from '../json.js';
import { openSafetensors } from '../safetensors.js';
import { locate } from '../weight-files.js';
import { adapterConfig, adapterTensors, isAdapter } from './adapter-places.js';
import { networkOf, type FileNetwork } from './file-network.js';
import { settingsOf } from './settings.js';
import { controlNetConfig } from './unet-config.js';
import { controlNetTensors } from './unet-places.js';
import { vaeConfig } from './vae-config.js';
import { VAE_PREFIXES, vaeTensors } from './vae-places.js';

type Tensors = ReturnType<typeof locate>;

/**
 * Opens an autoencoder: a folder, a file of its own, or the one in a checkpoint's file. Throws CheckpointError.
 *
 * @param replaced configuration of the autoencoder whose place it takes: a file says neither how its latents
 * are scaled nor what size of picture it was made for
 */
export function openVae(path: string, replaced: JsonObject = {}): Promise<NetworkSource> {
  const { scaling_factor, shift_factor, sample_size } = replaced;
  return openNetwork(path, (tensors) => {
    const own = vaeTensors(tensors, [...VAE_PREFIXES, '']);
    if (own.size === 0) throw new CheckpointError(`${path} holds no autoencoder.`);
    const untold = Object.fromEntries(
      Object.entries({ scaling_factor, shift_factor, sample_size }).filter(([, value]) => Boolean(value)),
    );
    return { name: 'vae', tensors: own, configure: (shapes) => ({ ...vaeConfig(shapes), ...untold }) };
  });
}

/** Opens a ControlNet: a folder, or a file with LDM's or diffusers' names. Throws CheckpointError. */
export function openControlNet(path: string): Promise<NetworkSource> {
  return openNetwork(path, (tensors) => {
    const own = controlNetTensors(tensors, path);
    if (!own.has('controlnet_cond_embedding.conv_in.weight')) throw new CheckpointError(`${path} holds no ControlNet.`);
    return { name: 'controlnet', tensors: own, configure: controlNetConfig };
  });
}

/** Opens a T2I-Adapter: a folder, or a file with diffusers' or its authors' names. Throws CheckpointError. */
export function openAdapter(path: string): Promise<NetworkSource> {
  return openNetwork(path, (tensors) => {
    if (!isAdapter(tensors)) throw new CheckpointError(`${path} holds no T2I-Adapter.`);
    return { name: 't2i_adapter', tensors: adapterTensors(tensors), configure: adapterConfig };
  });
}

async function openNetwork(path: string, find: (tensors: Tensors) => FileNetwork): Promise<NetworkSource> {
  const status = await stat(path).catch(() => {
    throw new CheckpointError(`${path} does not exist.`);
  });
  if (status.isDirectory()) return networkFolder(path);
  const file = await openSafetensors(path);
  return networkOf(file, find(locate(file)), settingsOf(file));
}
