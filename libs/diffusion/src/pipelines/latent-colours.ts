import { solveLinear } from '../tensor/solve-linear.js';

/** Keeps the fit from running wild where all latents look alike. */
const RIDGE = 1e-3;

/** A picture or its latents, [channels, height, width]. */
export interface Planes {
  values: Float32Array;
  width: number;
  height: number;
}

/**
 * The colours of latents without the VAE: each as the weighted sum of the latent's channels that fits best (least
 * squares) what the VAE has made of latents so far.
 */
export class LatentColours {
  /** Sums of products of latent channels (and 1) with each other, and with the three colours. */
  private readonly products: number[][];
  private readonly colours: number[][];
  private weights: number[][] | undefined;

  constructor(private readonly channels: number) {
    this.products = Array.from({ length: channels + 1 }, (_, i) =>
      Array.from({ length: channels + 1 }, (_, j) => (i === j ? RIDGE : 0)),
    );
    this.colours = Array.from({ length: 3 }, () => new Array<number>(channels + 1).fill(0));
  }

  /** Whether it has seen anything to learn from. */
  get ready(): boolean {
    return this.weights !== undefined;
  }

  /** Learns from what the VAE made of some latents. */
  learn(latents: Planes, picture: Planes): void {
    const factor = picture.width / latents.width;
    for (let y = 0; y < latents.height; y++) {
      for (let x = 0; x < latents.width; x++) {
        const sample = this.sample(latents, y * latents.width + x);
        for (let i = 0; i < sample.length; i++) {
          for (let j = 0; j < sample.length; j++) this.products[i]![j]! += sample[i]! * sample[j]!;
          for (let c = 0; c < 3; c++) this.colours[c]![i]! += sample[i]! * meanOf(picture, c, x, y, factor);
        }
      }
    }
    this.weights = this.colours.map((colour) => solveLinear(this.products, colour));
  }

  /** RGB bytes, one pixel per latent. Give it something to learn from first. */
  draw(latents: Planes): Uint8Array {
    const { width, height } = latents;
    const pixels = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) {
      const sample = this.sample(latents, i);
      this.weights!.forEach((weights, c) => {
        const value = weights.reduce((sum, weight, k) => sum + weight * sample[k]!, 0);
        pixels[i * 3 + c] = Math.min(Math.max(Math.round((value / 2 + 0.5) * 255), 0), 255);
      });
    }
    return pixels;
  }

  /** The channels of one latent, and 1. */
  private sample({ values, width, height }: Planes, place: number): number[] {
    const size = width * height;
    return [...Array.from({ length: this.channels }, (_, c) => values[c * size + place]!), 1];
  }
}

/** Mean colour of the square of a picture that belongs to one latent. */
function meanOf({ values, width, height }: Planes, channel: number, x: number, y: number, factor: number): number {
  let sum = 0;
  for (let dy = 0; dy < factor; dy++) {
    const row = (channel * height + y * factor + dy) * width + x * factor;
    for (let dx = 0; dx < factor; dx++) sum += values[row + dx]!;
  }
  return sum / factor ** 2;
}
