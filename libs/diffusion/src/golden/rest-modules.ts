import { networkFolder } from '../checkpoint/checkpoint.js';
import { openMotionAdapter } from '../checkpoint/motion-adapter.js';
import { openWeightFile, openWeights } from '../checkpoint/weight-files.js';
import { ldmBert, readLdmBertConfig } from '../networks/ldm-bert.js';
import { readMotionConfig } from '../networks/motion-config.js';
import { readRrdbConfig, rrdb, rrdbWeights } from '../networks/rrdb.js';
import { withMotion } from '../networks/unet-addons.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { unet } from '../networks/unet.js';
import { readUnet2dConfig } from '../networks/unet2d-config.js';
import { unet2d } from '../networks/unet2d.js';
import { readVqConfig, vqDecoder, vqEncoder } from '../networks/vq-model.js';
import { floats, inspected, integers, stored, timeOf } from './module-values.js';
import type { ModuleRunner } from './modules.js';

export const runLdmBert: ModuleRunner = async (folder, golden, target, run) => {
  const config = readLdmBertConfig(await networkFolder(folder).readConfig(), folder);
  const model = ldmBert(config, await openWeights(folder), { target });
  const { hidden } = await run(model, { tokens: integers(golden, 'in.input_ids') });
  return { last_hidden_state: hidden! };
};

export const runVqModel: ModuleRunner = async (folder, golden, target, run) => {
  const config = readVqConfig(await networkFolder(folder).readConfig(), folder);
  const weights = await openWeights(folder);
  if (golden.has('in.x')) return run(vqEncoder(config, weights, { target }), { picture: stored(golden, 'in.x') });
  const latents = stored(golden, 'in.z');
  const inspect = ['indices', 'quantized'];
  const { picture, ...modules } = await run(vqDecoder(config, weights, { target, inspect }), { latents });
  const plain = await run(vqDecoder(config, weights, { target, quantize: false }), { latents });
  return { sample: picture!, sample_not_quantized: plain.picture!, ...modules };
};

export const runUnet2d: ModuleRunner = async (folder, golden, target, run) => {
  const config = readUnet2dConfig(await networkFolder(folder).readConfig(), folder);
  const model = unet2d(config, await openWeights(folder), { target, inspect: inspected(golden, 'inter.') });
  const { out, ...modules } = await run(model, { sample: stored(golden, 'in.sample'), time: timeOf(config, golden) });
  return { sample: out!, ...modules };
};

export const runRrdb: ModuleRunner = async (path, golden, target, run) => {
  const weights = rrdbWeights(await openWeightFile(path));
  const { enlarged } = await run(rrdb(readRrdbConfig(weights), weights, { target }), {
    picture: stored(golden, 'in.x'),
  });
  return { sample: enlarged! };
};

/** A U-Net with motion modules; its text is told again for each frame. */
export const runUnetMotion: ModuleRunner = async (folder, golden, target, run, _parameters, [adapter = '']) => {
  const config = readUnetConfig(await networkFolder(folder).readConfig(), folder);
  const source = await openMotionAdapter(adapter);
  const motion = readMotionConfig(await source.readConfig(), adapter, config);
  const weights = withMotion(await openWeights(folder), await source.openWeights());
  const model = unet(config, weights, { motion, target, inspect: inspected(golden, 'inter.') });

  const [clips = 1, , frames = 1] = golden.shape('in.sample');
  const [, tokens = 1, width = 1] = golden.shape('in.encoder_hidden_states');
  const texts = golden.float32('in.encoder_hidden_states');
  const context = new Float32Array(clips * tokens * width);
  for (let clip = 0; clip < clips; clip++) {
    const start = clip * frames * tokens * width;
    context.set(texts.subarray(start, start + tokens * width), clip * tokens * width);
  }
  const { out, ...modules } = await run(model, {
    sample: stored(golden, 'in.sample'),
    context: floats(context, [clips, tokens, width]),
    time: timeOf(config, golden),
  });
  return { sample: out!, ...modules };
};
