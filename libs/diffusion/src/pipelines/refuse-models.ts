import { EngineError } from '../runtime/engine-error.js';
import { widthOf } from './conditioning.js';
import type { DiffusionModel } from './model.js';
import type { Run } from './run.js';

/** Numbers that SDXL is told of a picture: four of its original size and its crop, then two of its size or one score. */
const SIZES = [6, 5];

/** Refuses checkpoints whose U-Net asks for other things than the run tells it. Throws EngineError. */
export function refuseOtherModels(model: DiffusionModel, { influences = [] }: Run): void {
  const { unetConfig, vaeConfig, textEncoders } = model;
  const { inChannels, classes, added, levels } = unetConfig;
  const refuse = (what: string) => {
    throw new EngineError('unsupported', `the engine cannot draw so with this checkpoint: ${what}`);
  };
  const pooled = textEncoders.at(-1)!.config.projectionWidth;
  if (added !== null && pooled === null) refuse('its text encoder has no projection, which the U-Net is told');
  if (classes !== null && !influences.some(({ tellsNoiseLevel }) => tellsNoiseLevel)) {
    refuse('its U-Net is told a noise level, as in upscalers');
  }
  const channels = influences.reduce((sum, { channels = 0 }) => sum + channels, vaeConfig.latentChannels);
  if (inChannels !== channels) refuse(`its U-Net takes ${inChannels} channels, and the run has ${channels}`);
  const { contextWidth } = levels[0]!.attention;
  if (contextWidth !== widthOf(model)) {
    refuse(`its U-Net is told vectors of ${contextWidth} values, and its text encoders give ${widthOf(model)}`);
  }
  if (added !== null && !SIZES.includes(model.sizesTold)) {
    refuse(`its U-Net is told ${model.sizesTold} sizes of a picture, where SDXL is told ${SIZES.join(' or ')}`);
  }
}
