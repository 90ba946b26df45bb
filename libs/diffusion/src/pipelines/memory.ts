import { decoderWorkspace, encoderWorkspace, textWorkspace, unetWorkspace } from '../networks/workspace.js';
import { EngineError } from '../runtime/engine-error.js';
import { tileSide } from './autoencoder.js';
import type { DiffusionModel } from './model.js';
import type { Run } from './run.js';
import type { EngineDevice } from './types.js';

/** What the engine's process takes without any network, bytes. */
const PROCESS_BYTES = 150e6;
/** Bytes per value of pictures and latents in our hands: some copies in float32. */
const COPIES = 4 * 4;

/**
 * Memory that a run needs at least, bytes: the most of its phases, since each can let go of what the others have loaded.
 */
export function memoryNeeded(model: DiffusionModel, run: Run): number {
  const { weightBytes, vaeConfig, unetConfig, textEncoders, description } = model;
  const { latentHeight, latentWidth, prompts, vaeTiling, guidanceScale, start } = run;
  const edited = description.purpose === 'editing';
  const guided = guidanceScale > 1 && unetConfig.time.conditionWidth === null;
  const rows = (guided ? (edited ? 3 : 2) : 1) * prompts.length;
  const side = (latents: number) => {
    const pixels = latents * description.sizeMultiple;
    return vaeTiling ? Math.min(pixels, tileSide(model)) : pixels;
  };
  const vaeSize = [side(latentHeight), side(latentWidth)] as const;
  const share = model.runtime[1].precision === 'F16' ? 0.5 : 1;
  const phases = [
    weightBytes.texts + share * Math.max(...textEncoders.map(({ config }) => textWorkspace(config, rows))),
    start?.picture || edited ? weightBytes.vae + encoderWorkspace(vaeConfig, ...vaeSize) : 0,
    weightBytes.unet + share * unetWorkspace(unetConfig, rows, latentHeight, latentWidth),
    weightBytes.vae + decoderWorkspace(vaeConfig, ...vaeSize),
  ];
  const pixels = prompts.length * latentHeight * latentWidth * description.sizeMultiple ** 2;
  return PROCESS_BYTES + COPIES * vaeConfig.pictureChannels * pixels + Math.max(...phases);
}

/** Refuses a run before it starts that cannot fit the memory of its device. Throws EngineError. */
export function refuseTooLarge(
  model: DiffusionModel,
  run: Run,
  { memoryBytes }: Pick<EngineDevice, 'memoryBytes'>,
): void {
  const needed = memoryNeeded(model, run);
  if (needed <= memoryBytes) return;
  const { sizeMultiple } = model.description;
  const size = `${run.latentWidth * sizeMultiple}x${run.latentHeight * sizeMultiple}`;
  const what = run.prompts.length === 1 ? `a picture of ${size}` : `${run.prompts.length} pictures of ${size} at once`;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new EngineError(
    'out_of_memory',
    `${what} by this checkpoint would take about ${gigabytes(needed)} of memory, and the engine may use ${gigabytes(memoryBytes)} here: ask for a smaller size${run.prompts.length === 1 ? '' : ' or fewer pictures at once'}`,
  );
}
