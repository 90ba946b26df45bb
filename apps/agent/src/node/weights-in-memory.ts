/** Which weights the system most likely still has in its memory: what was read last, as far as there is room. */
import { EventEmitter } from 'node:events';
import { stat } from 'node:fs/promises';
import { freemem } from 'node:os';
import { filesOfModel } from '@atelier/diffusion/checkpoint';
import type { PathOf } from '../slots/engine-request.js';

/** Share of the memory that is to be had that files are thought to keep: whatever else runs wants some, too. */
const shareOfMemory = 0.5;
/** Residency keys that are remembered. */
const mostKeys = 64;

export class WeightsInMemory extends EventEmitter<{ changed: [] }> {
  /** Bytes by hash, in the order in which they were last read. */
  private readonly models = new Map<string, number>();
  /** Models by residency key, in the order in which they were last needed. */
  private readonly needs = new Map<string, readonly string[]>();

  constructor(
    private readonly pathOf: PathOf,
    private readonly availableBytes: () => number = freemem,
  ) {
    super();
  }

  /** Residency keys of which all weights lie in memory. */
  get keys(): string[] {
    return [...this.needs].filter(([, models]) => this.has(models)).map(([key]) => key);
  }

  has(models: readonly string[]): boolean {
    return models.every((sha256) => this.models.has(sha256));
  }

  /** The models that a residency key needs were read. What cannot be measured is taken for not there. */
  async note(key: string, models: readonly string[]): Promise<void> {
    const before = this.keys.join('\n');
    const sizes = await Promise.all(models.map(async (sha256) => [sha256, await this.bytesOf(sha256)] as const));
    for (const [sha256, bytes] of sizes) {
      this.models.delete(sha256);
      if (bytes !== undefined) this.models.set(sha256, bytes);
    }
    this.needs.delete(key);
    this.needs.set(key, models);
    for (const oldest of this.needs.keys()) if (this.needs.size > mostKeys) this.needs.delete(oldest);
    this.trim();
    if (this.keys.join('\n') !== before) this.emit('changed');
  }

  private trim(): void {
    let bytes = [...this.models.values()].reduce((sum, each) => sum + each, 0);
    const room = shareOfMemory * this.availableBytes();
    for (const [oldest, each] of this.models) {
      if (bytes <= room) return;
      this.models.delete(oldest);
      bytes -= each;
    }
  }

  private async bytesOf(sha256: string): Promise<number | undefined> {
    const path = this.pathOf(sha256);
    if (path === undefined) return undefined;
    try {
      const sizes = (await filesOfModel(path)).map(async (file) => (await stat(file)).size);
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    } catch {
      return undefined;
    }
  }
}
