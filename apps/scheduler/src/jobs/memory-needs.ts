/** What memory pictures take, by the estimate that the engine refuses them by. */
import type { agentProto } from '@atelier/contracts';
import { footprintOf, memoryOfRun, type DrawnSize, type Footprint } from '@atelier/diffusion/checkpoint';
import type { ModelCatalogue } from '../models/catalogue.js';

type Device = Pick<agentProto.Device, 'provider' | 'memoryBytes'>;

export class MemoryNeeds {
  /** By the hash of the checkpoint. */
  private readonly footprints = new Map<string, Footprint>();

  constructor(private readonly catalogue: Pick<ModelCatalogue, 'find'>) {}

  /** Why none of some devices can draw a picture, in a sentence; null where one can, or where too little is known to say. */
  async lackOf(request: agentProto.RenderRequest, devices: readonly Device[]): Promise<string | null> {
    const drawn = drawnSizes(request);
    const models = [request.checkpoint, request.refiner?.model].filter((model) => model !== undefined);
    for (const { sha256, name } of models) {
      const footprint = await this.footprintOf(sha256);
      if (!footprint) continue;
      const needs = (device: Device) =>
        Math.max(...drawn.map((size) => memoryOfRun(footprint, size, precisionOf(device))));
      if (devices.some((device) => device.memoryBytes === 0 || needs(device) <= device.memoryBytes)) continue;
      const largest = devices.toSorted((a, b) => b.memoryBytes - a.memoryBytes)[0];
      if (!largest) continue;
      return `${wordsOf(drawn.at(-1)!)} by ${name} takes about ${gigabytes(needs(largest))} of memory, and the largest node that could draw it has ${gigabytes(largest.memoryBytes)}: ask for a smaller size${request.frames ? ' or fewer frames' : ''}.`;
    }
    return null;
  }

  private async footprintOf(sha256: string): Promise<Footprint | null> {
    const known = this.footprints.get(sha256);
    if (known) return known;
    const model = await this.catalogue.find('checkpoint', sha256);
    // What the engine cannot run it refuses itself, in a sentence of its own.
    const footprint = model ? await footprintOf(model.path).catch(() => null) : null;
    if (footprint) this.footprints.set(sha256, footprint);
    return footprint;
  }
}

/** What is drawn at once, and then again larger. */
function drawnSizes(request: agentProto.RenderRequest): DrawnSize[] {
  const { width, height, guidanceScale, imageGuidance, frames, hires, initImage } = request;
  const guided = guidanceScale > 1 && !frames;
  const first = {
    ...{ width, height, pictures: frames?.count ?? 1, moving: frames !== undefined, encodes: initImage !== '' },
    views: guided ? (imageGuidance === undefined ? 2 : 3) : 1,
  };
  if (!hires) return [first];
  return [first, { ...first, width: Math.round(width * hires.scale), height: Math.round(height * hires.scale) }];
}

/** What a slot computes in: half precision is the least that a graphics card needs. */
const precisionOf = ({ provider }: Device) => (provider === 'cpu' ? 'F32' : 'F16');

const wordsOf = ({ width, height, pictures, moving }: DrawnSize) =>
  moving ? `A clip of ${pictures} frames of ${width}x${height}` : `A picture of ${width}x${height}`;

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
