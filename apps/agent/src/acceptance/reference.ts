/** The known picture of a model: how it is asked for and what must come out, in `acceptance.json` of the model's folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, noiseLevelSchedules, samplerNames, type Picture, type RenderRequest } from '@atelier/diffusion';
import { z } from 'zod';

/** Beside a checkpoint: what is drawn, the file with the reference's picture, and how far a picture may be from it. */
const AcceptanceFile = z.strictObject({
  prompt: z.string(),
  negativePrompt: z.string().optional(),
  seed: z.int().min(0),
  sampler: z.enum(samplerNames),
  schedule: z.enum(noiseLevelSchedules).optional(),
  steps: z.int().min(1),
  guidanceScale: z.number(),
  width: z.int().min(8),
  height: z.int().min(8),
  picture: z.string().regex(/^[\w-]+\.png$/),
  /** Of one channel of one pixel, in levels of 255. */
  largestDifference: z.number().min(0),
  /** Of all channels of all pixels. */
  meanDifference: z.number().min(0),
});

export interface Reference {
  /** Hash of the checkpoint. */
  sha256: string;
  request: RenderRequest;
  picture: Picture;
  largestDifference: number;
  meanDifference: number;
}

interface Checkpoint {
  sha256: string;
  path: string;
}

/**
 * The reference of the first of the models that has one; undefined where none has.
 * Throws in one sentence where one is damaged.
 */
export async function findReference(models: Iterable<Checkpoint>): Promise<Reference | undefined> {
  for (const { sha256, path } of models) {
    const text = await readFile(join(path, 'acceptance.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    try {
      return await readReference(sha256, path, text);
    } catch (error) {
      throw new Error(`The acceptance picture in ${path} cannot be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return undefined;
}

async function readReference(sha256: string, path: string, text: string): Promise<Reference> {
  const { prompt, negativePrompt, seed, picture, largestDifference, meanDifference, ...settings } =
    AcceptanceFile.parse(JSON.parse(text));
  const { schedule, ...rest } = settings;
  return {
    sha256,
    request: {
      checkpoint: path,
      loras: [],
      ...rest,
      ...(schedule && { schedule }),
      pictures: [{ prompt, seed, ...(negativePrompt !== undefined && { negativePrompt }) }],
    },
    picture: await decodeImage(await readFile(join(path, picture))),
    largestDifference,
    meanDifference,
  };
}
