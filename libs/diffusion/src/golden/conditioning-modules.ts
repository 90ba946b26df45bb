import { networkFolder } from '../checkpoint/checkpoint.js';
import { openWeights } from '../checkpoint/weight-files.js';
import { controlNet, controlScales, readControlNetConfig } from '../networks/controlnet.js';
import { readAdapterConfig, t2iAdapter } from '../networks/t2i-adapter.js';
import { readTinyVaeConfig, tinyVaeDecoder, tinyVaeEncoder } from '../networks/tiny-vae.js';
import type { Outputs } from '../runtime/session.js';
import { floats, inspected, stored, unetInputs } from './module-values.js';
import type { ModuleRunner } from './modules.js';

/** A ControlNet, with its strength as the case has it. */
export const runControlNet: ModuleRunner = async (folder, golden, target, run, parameters) => {
  const { conditioning_scale: scale = 1, guess_mode: guess = false } = parameters;
  const config = readControlNetConfig(await networkFolder(folder).readConfig(), folder);
  const scales = controlScales(config, scale, guess);
  const model = controlNet(config, await openWeights(folder), { target, inspect: inspected(golden, 'inter.') });
  return run(model, {
    ...unetInputs(config.unet, golden),
    picture: stored(golden, 'in.controlnet_cond'),
    scales: floats(scales, [scales.length]),
  });
};

export const runAdapter: ModuleRunner = async (folder, golden, target, run) => {
  const config = readAdapterConfig(await networkFolder(folder).readConfig(), folder);
  const model = t2iAdapter(config, await openWeights(folder), { target });
  const features: Outputs = await run(model, { picture: stored(golden, 'in.x') });
  return Object.fromEntries(Object.entries(features).map(([name, values]) => [name.replace('feature.', ''), values]));
};

export const runTinyVae: ModuleRunner = async (folder, golden, target, run) => {
  const config = readTinyVaeConfig(await networkFolder(folder).readConfig(), folder);
  const weights = await openWeights(folder);
  if (!golden.has('in.z')) return run(tinyVaeEncoder(config, weights, { target }), { picture: stored(golden, 'in.x') });
  const { picture } = await run(tinyVaeDecoder(config, weights, { target }), { latents: stored(golden, 'in.z') });
  return { sample: picture! };
};
