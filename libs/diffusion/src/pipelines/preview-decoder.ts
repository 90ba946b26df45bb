import { networkFolder } from '../checkpoint/checkpoint.js';
import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import { readTinyVaeConfig, tinyVaeDecoder, type TinyVaeConfig } from '../networks/tiny-vae.js';
import type { Target } from '../networks/weights.js';
import { decoderWorkspace } from '../networks/workspace.js';
import type { SessionCache } from '../runtime/session-cache.js';
import type { Planes } from './latent-colours.js';
import { memoryOf, openNetwork, type Network } from './open-network.js';
import { toPixels } from './pixels.js';

/** Longest side of what is decoded, in latents: a preview takes as long for a large picture as for a small one. */
const LONGEST_SIDE = 64;

/** A small autoencoder that draws previews. */
export class PreviewDecoder {
  private constructor(
    private readonly network: Network<TinyVaeConfig>,
    private readonly sessions: SessionCache,
    private readonly target: Target,
  ) {}

  /**
   * Reads the configuration of a small autoencoder in a folder. Throws CheckpointError.
   *
   * @param latentChannels of the model whose pictures it is to show
   */
  static async open(path: string, latentChannels: number, sessions: SessionCache, target: Target) {
    const source = networkFolder(path);
    if ((await source.readConfig())._class_name !== 'AutoencoderTiny') {
      throw new CheckpointError(`The previewDecoder ${path} is no AutoencoderTiny.`);
    }
    const network = await openNetwork(source, readTinyVaeConfig);
    if (network.config.latentChannels !== latentChannels) {
      throw new CheckpointError(
        `The previewDecoder ${path} takes latents of ${network.config.latentChannels} channels, those of this checkpoint have ${latentChannels}.`,
      );
    }
    return new PreviewDecoder(network, sessions, target);
  }

  /** The picture of some latents as the U-Net has them, large ones thinned out before. */
  async draw(latents: Planes): Promise<{ width: number; height: number; pixels: Uint8Array }> {
    const { config, weights, path } = this.network;
    const { scalingFactor, shiftFactor, latentChannels } = config;
    const { values, width, height } = thinnedOut(latents, latentChannels);
    const data = values.map((value) => value / scalingFactor + shiftFactor);
    const session = await this.sessions.get({
      key: `preview_decoder\n${weights.identity}`,
      network: 'preview_decoder',
      source: path,
      bytes: memoryOf(weights, this.target),
      workspace: decoderWorkspace(config, 8 * height, 8 * width),
      build: () => tinyVaeDecoder(config, weights, { target: this.target }),
    });
    const { picture } = await session.run({ latents: { data, shape: [1, latentChannels, height, width] } });
    const [, , rows, columns] = picture!.shape;
    return { width: columns!, height: rows!, pixels: toPixels(picture!.data) };
  }
}

/** Every n-th latent in both directions, so that neither side is too long. */
function thinnedOut({ values, width, height }: Planes, channels: number): Planes {
  const n = Math.ceil(Math.max(width, height) / LONGEST_SIDE);
  if (n === 1) return { values, width, height };
  const [w, h] = [Math.floor(width / n), Math.floor(height / n)];
  const thin = new Float32Array(channels * w * h);
  for (let i = 0; i < thin.length; i++) {
    const [x, row] = [i % w, Math.floor(i / w)];
    const [y, channel] = [row % h, Math.floor(row / h)];
    thin[i] = values[(channel * height + y * n) * width + x * n]!;
  }
  return { values: thin, width: w, height: h };
}
