/** From pixels to the file and the record that go into the spool. */
import { createHash } from 'node:crypto';
import type { agentProto } from '@atelier/contracts';
import { ENGINE_BUILD, type EngineDevice, type RenderResult } from '@atelier/diffusion';
import type { Fetched } from '../node/model-fetcher.js';
import type { SpoolEntry } from '../spool/spool.js';
import { pictureFile } from './picture-file.js';

export interface FinishedRun {
  result: RenderResult;
  device: EngineDevice;
  startedAt: Date;
  finishedAt: Date;
  /** Where what it needed lay when it began. */
  loadTier: agentProto.LoadTier;
  /** Most memory of the slot that it took; 0 where that was not read. */
  memoryBytes: number;
  fetched: Fetched;
}

/**
 * The picture number `index` of a run, as it is stored. The file's bytes are a function of the request and the engine's
 * build alone; where and how it was made is told beside it.
 */
export async function finishedPicture(
  { attemptId, request }: agentProto.Lease,
  index: number,
  { result, device, startedAt, finishedAt, loadTier, memoryBytes, fetched }: FinishedRun,
): Promise<{ entry: SpoolEntry; file: Buffer }> {
  const picture = result.pictures[index]!;
  const { file, mediaType } = await pictureFile(request!, picture, result.settings);
  const entry: SpoolEntry = {
    bytes: file.length,
    mediaType,
    uploaded: {
      attemptId,
      sha256: createHash('sha256').update(file).digest('hex'),
      pixelSha256: picture.pixelSha256,
      width: picture.width,
      height: picture.height,
      withheld: picture.flagged === true,
      record: {
        engineBuild: ENGINE_BUILD,
        provider: device.provider,
        device: device.name,
        groupSize: result.pictures.length,
        loadSeconds: result.secondsLoad,
        encodeSeconds: result.secondsEncode,
        denoiseSeconds: result.secondsDenoise,
        decodeSeconds: result.secondsDecode,
        uploadSeconds: 0,
        renderStartedAt: startedAt,
        renderFinishedAt: finishedAt,
        loadTier,
        memoryBytes,
        fetchedBytes: fetched.bytes,
        fetchSeconds: fetched.seconds,
      },
    },
  };
  return { entry, file };
}
