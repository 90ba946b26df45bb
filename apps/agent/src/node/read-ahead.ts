/** Reads the weights of what is loaded next, so that the system has them in memory when an engine opens them. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { freemem } from 'node:os';
import type { agentProto } from '@atelier/contracts';
import { filesOfModel } from '@atelier/diffusion/checkpoint';
import type { Logger } from '@atelier/telemetry';
import type { PathOf } from '../slots/engine-request.js';

/** Share of the memory that is to be had that is read into: more would only push out what is at work. */
const shareOfMemory = 0.5;
const chunkBytes = 4 * 1024 * 1024;

export class ReadAhead {
  private reading = new AbortController();

  constructor(
    private readonly pathOf: PathOf,
    private readonly log: Logger,
    private readonly availableBytes: () => number = freemem,
  ) {}

  /** Reads models, in place of those that were asked for before. Gives the bytes that were read; what goes wrong shows when they are loaded. */
  async read(models: readonly agentProto.ModelReference[]): Promise<number> {
    this.close();
    const { signal } = (this.reading = new AbortController());
    try {
      const found = models.flatMap(({ sha256 }) => this.pathOf(sha256) ?? []);
      const files = (await Promise.all(found.map(filesOfModel))).flat();
      const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      if (bytes > shareOfMemory * this.availableBytes()) return 0;
      const startedAt = performance.now();
      for (const file of files) await readThrough(file, signal);
      const seconds = (performance.now() - startedAt) / 1000;
      this.log.info({ models: models.map(({ name }) => name), bytes, seconds }, 'read ahead what is loaded next');
      return bytes;
    } catch (error) {
      if (!signal.aborted) this.log.warn({ why: (error as Error).message }, 'what is loaded next cannot be read ahead');
      return 0;
    }
  }

  close(): void {
    this.reading.abort();
  }
}

async function readThrough(file: string, signal: AbortSignal): Promise<void> {
  // The bytes are nobody's: only the system's cache is to have them.
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes, signal })) void chunk;
}
