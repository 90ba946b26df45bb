/** How long the stages of runs took on a slot, by what was drawn: what the next run like it is expected to take. */
import type { RenderRequest } from '@atelier/diffusion';

/** `first`: the step in which a provider may still compile and allocate; `step`: every later one. */
export type TimedStage = 'load' | 'encode' | 'first' | 'step' | 'decode';

/** Seconds, as far as they are known. */
export type StageSeconds = Partial<Record<TimedStage, number>>;

/** Runs that are remembered; of more kinds the oldest are forgotten. */
const mostKinds = 500;
/** What share of a slower time before is still expected: one quick run proves little. */
const fading = 0.9;

export class StageTimes {
  private readonly byKind = new Map<string, StageSeconds>();

  of(kind: string): StageSeconds {
    return { ...this.byKind.get(kind) };
  }

  note(kind: string, stage: TimedStage, seconds: number): void {
    const known = this.byKind.get(kind) ?? {};
    // A load may come from memory now and from a slow disk next time.
    const before = (known[stage] ?? 0) * (stage === 'load' ? 1 : fading);
    known[stage] = Math.max(seconds, before);
    this.byKind.delete(kind);
    this.byKind.set(kind, known);
    for (const oldest of this.byKind.keys()) if (this.byKind.size > mostKinds) this.byKind.delete(oldest);
  }
}

/** Equal for runs whose stages take about as long: the request without its prompts and the content of its images. */
export function kindOf({ pictures, ...request }: RenderRequest): string {
  return JSON.stringify(sketchOf({ ...request, steps: 0, pictures: pictures.length }));
}

/** A value with the sizes of its pixels in their place. */
function sketchOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (Array.isArray(value)) return value.map(sketchOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, sketchOf(inner)]));
}
