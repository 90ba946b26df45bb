/** What memory pictures take, by the estimate that the engine refuses them by. */
import type { agentProto } from '@atelier/contracts';
import { footprintOf, memoryOfRun, type DrawnSize, type Footprint } from '@atelier/diffusion/checkpoint';
import type { ModelCatalogue } from '../models/catalogue.js';

type Device = Pick<agentProto.Device, 'provider' | 'memoryBytes'>;

/** Bytes that a run of so many tasks takes at least on a slot of a type; undefined where too little is known to say. */
export type MemoryReckoner = (slotType: string, size: number) => number | undefined;

export class MemoryNeeds {
  /** By the hash of the checkpoint. */
  private readonly footprints = new Map<string, Footprint>();

  constructor(private readonly catalogue: Pick<ModelCatalogue, 'find'>) {}

  /** Why none of some devices can draw a picture, in a sentence; null where one can, or where too little is known to say. */
  async lackOf(request: agentProto.RenderRequest, devices: readonly Device[]): Promise<string | null> {
    const drawn = drawnSizes(request);
    for (const { sha256, name } of modelsOf(request)) {
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

  /** Reads of the checkpoints of a request what tells their needs. */
  async read(request: agentProto.RenderRequest): Promise<void> {
    for (const { sha256 } of modelsOf(request)) await this.footprintOf(sha256);
  }

  /** By what was read of its checkpoints when it is asked. */
  reckonerOf(request: agentProto.RenderRequest): MemoryReckoner {
    const models = modelsOf(request);
    return (slotType, size) => {
      const [provider = ''] = slotType.split(' ');
      const needs = models.flatMap(({ sha256 }) => {
        const footprint = this.footprints.get(sha256);
        const precision = precisionOf({ provider });
        return footprint ? drawnSizes(request, size).map((drawn) => memoryOfRun(footprint, drawn, precision)) : [];
      });
      return needs.length > 0 ? Math.max(...needs) : undefined;
    };
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

const modelsOf = ({ checkpoint, refiner }: agentProto.RenderRequest) =>
  [checkpoint, refiner?.model].filter((model) => model !== undefined);

/** What a run of `size` tasks draws at once, and then each again larger. Clips are drawn one by one. */
function drawnSizes(request: agentProto.RenderRequest, size = 1): DrawnSize[] {
  const { width, height, guidanceScale, imageGuidance, frames, hires, initImage } = request;
  const guided = guidanceScale > 1 && !frames;
  const first = {
    ...{ width, height, pictures: frames?.count ?? size, moving: frames !== undefined, encodes: initImage !== '' },
    views: guided ? (imageGuidance === undefined ? 2 : 3) : 1,
  };
  if (!hires) return [first];
  const [wide, high] = [width, height].map((side) => Math.round(side * hires.scale)) as [number, number];
  return [first, { ...first, width: wide, height: high, pictures: frames?.count ?? 1 }];
}

/** What a slot computes in: half precision is the least that a graphics card needs. */
const precisionOf = ({ provider }: Pick<Device, 'provider'>) => (provider === 'cpu' ? 'F32' : 'F16');

const wordsOf = ({ width, height, pictures, moving }: DrawnSize) =>
  moving ? `A clip of ${pictures} frames of ${width}x${height}` : `A picture of ${width}x${height}`;

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
