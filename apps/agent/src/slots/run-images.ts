/** The pictures that a run looks at, from the scheduler to pixels. */
import { agentProto } from '@atelier/contracts';
import { decodeImage, InputError, type Raster } from '@atelier/diffusion';
import { Refusal } from './refusal.js';

/** Pictures by the hashes of their files. */
export type Images = ReadonlyMap<string, Raster>;

export interface AssetSource {
  /** The content of an asset; rejects where it does not arrive. */
  get(sha256: string): Promise<Buffer>;
}

/** Brings and decodes pictures. Rejects with a Refusal: `NETWORK` for what did not arrive, `INVALID_REQUEST` for what is no picture. */
export async function loadImages(hashes: readonly string[], assets: AssetSource): Promise<Images> {
  return new Map(await Promise.all(hashes.map(async (sha256) => [sha256, await load(sha256, assets)] as const)));
}

async function load(sha256: string, assets: AssetSource): Promise<Raster> {
  const short = sha256.slice(0, 12);
  const bytes = await assets.get(sha256).catch((error: Error) => {
    const message = `The asset ${short} did not arrive: ${error.message}.`;
    throw new Refusal(agentProto.FailureCause.FAILURE_CAUSE_NETWORK, message);
  });
  try {
    return await decodeImage(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const message = `The asset ${short} cannot be taken: ${error.message}`;
    throw new Refusal(agentProto.FailureCause.FAILURE_CAUSE_INVALID_REQUEST, message);
  }
}
