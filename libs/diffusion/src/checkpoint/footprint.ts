/** What a checkpoint weighs, without its weights being read. */
import { readAutoencoderConfig } from '../networks/autoencoder-config.js';
import { readClipTextConfig } from '../networks/clip-text-config.js';
import type { Footprint } from '../networks/run-memory.js';
import { readUnetConfig } from '../networks/unet-config.js';
import { openCheckpoint, requireComponent } from './checkpoint.js';
import { vaeFactor } from './describe.js';
import { elementsOf } from './weight-files.js';

/**
 * What decides how much memory a checkpoint's runs take, from its configurations and the headers of its weight files; null
 * for the first latent diffusion, whose networks are small. Throws CheckpointError.
 */
export async function footprintOf(path: string): Promise<Footprint | null> {
  const checkpoint = await openCheckpoint(path);
  if (checkpoint.components.has('vqvae')) return null;
  const texts = ['text_encoder', 'text_encoder_2'].flatMap((name) => checkpoint.components.get(name) ?? []);
  const [unet, vae] = [requireComponent(checkpoint, 'unet'), requireComponent(checkpoint, 'vae')];
  const vaeJson = await vae.readConfig();
  const unetConfig = readUnetConfig(await unet.readConfig(), unet.path);
  const counts = await Promise.all([unet, vae, ...texts].map(async (part) => elementsOf(await part.openWeights())));
  const [unetCount = 0, vaeCount = 0, ...textCounts] = counts;
  return {
    weights: { texts: textCounts.reduce((sum, count) => sum + count, 0), unet: unetCount, vae: vaeCount },
    texts: await Promise.all(texts.map(async (text) => readClipTextConfig(await text.readConfig(), text.path))),
    unet: unetConfig,
    vae: readAutoencoderConfig(vaeJson, vae.path),
    sizeMultiple: vaeFactor(vaeJson, vae.path),
    distilled: unetConfig.time.conditionWidth !== null,
  };
}
