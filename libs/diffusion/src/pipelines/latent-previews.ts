import { LatentColours, type Planes } from './latent-colours.js';
import type { DiffusionModel } from './model.js';
import type { Drawing } from './draw.js';
import type { PreviewDecoder } from './preview-decoder.js';
import type { Run } from './run.js';
import type { RenderPreview } from './types.js';

/** Side of what is decoded to learn a VAE's colours from, in latents. */
const SAMPLE_SIDE = 16;

/** Previews of unfinished pictures: knows the colours of each VAE's latents. */
export class LatentPreviews {
  private readonly colours = new Map<string, LatentColours>();

  /**
   * A preview of each picture of a run, a pixel per latent.
   *
   * @param decoder draws them instead
   */
  async draw(
    model: DiffusionModel,
    run: Run,
    latents: Float32Array,
    decoder?: PreviewDecoder,
  ): Promise<RenderPreview[]> {
    if (decoder) {
      const drawn: RenderPreview[] = [];
      for (const own of perPicture(run, latents)) drawn.push({ picture: drawn.length, ...(await decoder.draw(own)) });
      return drawn;
    }
    const colours = this.coloursOf(model);
    const planes = perPicture(run, latents);
    if (!colours.ready) await learnFromSample(model, colours, planes[0]!);
    return planes.map((own, picture) => ({
      picture,
      width: own.width,
      height: own.height,
      pixels: colours.draw(own),
    }));
  }

  /** Learns from finished pictures, if their VAE's colours were ever asked for. */
  learn(model: DiffusionModel, run: Run, { latents, pictures }: Drawing): void {
    const colours = this.colours.get(model.vaeIdentity);
    if (!colours) return;
    perPicture(run, latents).forEach((own, i) => colours.learn(own, pictureOf(own, pictures[i]!)));
  }

  private coloursOf({ vaeIdentity, vaeConfig }: DiffusionModel): LatentColours {
    const known = this.colours.get(vaeIdentity) ?? new LatentColours(vaeConfig.latentChannels);
    this.colours.set(vaeIdentity, known);
    return known;
  }
}

/** Decodes the middle of some latents and learns from that: cheap, whatever the size of the picture. */
async function learnFromSample(model: DiffusionModel, colours: LatentColours, latents: Planes): Promise<void> {
  const { latentChannels, scalingFactor, shiftFactor } = model.vaeConfig;
  const sample = middleOf(latents, latentChannels);
  const data = sample.values.map((value) => value / scalingFactor + shiftFactor);
  const decoder = await model.vaeDecoder();
  const { picture } = await decoder.run({ latents: { data, shape: [1, latentChannels, sample.height, sample.width] } });
  colours.learn(sample, pictureOf(sample, picture!.data));
}

function perPicture({ prompts, latentWidth, latentHeight }: Run, latents: Float32Array): Planes[] {
  const size = latents.length / prompts.length;
  return prompts.map((_, i) => ({
    values: latents.subarray(i * size, (i + 1) * size),
    width: latentWidth,
    height: latentHeight,
  }));
}

/** A picture that was decoded of latents. */
function pictureOf({ width, height }: Planes, values: Float32Array): Planes {
  const factor = Math.sqrt(values.length / 3 / (width * height));
  return { values, width: width * factor, height: height * factor };
}

function middleOf({ values, width, height }: Planes, channels: number): Planes {
  const [w, h] = [Math.min(width, SAMPLE_SIDE), Math.min(height, SAMPLE_SIDE)];
  const [left, top] = [(width - w) >> 1, (height - h) >> 1];
  const cut = new Float32Array(channels * w * h);
  for (let row = 0; row < channels * h; row++) {
    const start = (Math.floor(row / h) * height + top + (row % h)) * width + left;
    cut.set(values.subarray(start, start + w), row * w);
  }
  return { values: cut, width: w, height: h };
}
