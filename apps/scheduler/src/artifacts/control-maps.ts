/** What a preprocessor makes of a picture before a ControlNet follows it, for a look at it beforehand. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { AtelierError } from '@atelier/contracts';
import { decodeImage, imageLimits, InputError, type Raster } from '@atelier/diffusion';
import sharp from 'sharp';
import type { CannyWork } from './canny-worker.js';

/** Pictures up to this size take a core less than 0.2 s. */
const mostPixels = 4 * 2 ** 20;

// A thread has no TypeScript loader: from source (tests) the built one is started, too.
const worker = new URL('../../dist/artifacts/canny-worker.js', import.meta.url);

/** Settles when the thread before has ended: however many ask, one core is taken at most. */
let last: Promise<unknown> = Promise.resolve();

/**
 * A PNG of the edges that `preprocess: canny` finds, as the engine draws them. They are found in a thread of its own,
 * one picture after the other: the farm is led from this process.
 * Throws `unsupported_media` where the file is no picture or too large for a look beforehand.
 */
export async function cannyMap(path: string, low: number, high: number): Promise<Buffer> {
  try {
    const picture = await decodeImage(await readFile(path), { ...imageLimits, pixels: mostPixels });
    const edges = last.then(() => findEdges({ picture, low, high }));
    last = edges.catch(() => undefined);
    const { width, height, pixels } = await edges;
    return await sharp(pixels, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new AtelierError('unsupported_media', `No edges can be shown of the file: ${error.message}`);
  }
}

async function findEdges(work: CannyWork): Promise<Raster> {
  const thread = new Worker(worker, { workerData: work, execArgv: [] });
  // Rejects where the thread fails.
  const [edges] = (await once(thread, 'message')) as [Raster];
  await thread.terminate();
  return edges;
}
