/** Which of several layers of settings wins: matrix over column over top level. */
import { fault, show } from '../document/faults.js';
import {
  hasSchedules,
  samplers,
  samplerNames,
  samplerSpellings,
  type SamplerName,
  type Schedule,
} from '../schema/samplers.js';
import { settingDefaults, settingNames, type Settings } from '../schema/settings.js';
import type { Batch } from '../schema/batch.js';

/** Settings of one task, complete but for what the checkpoint decides. */
export type TaskSettings = Settings & { [K in keyof typeof settingDefaults]: NonNullable<Settings[K]> } & {
  sampler?: SamplerName;
  schedule?: Schedule;
};

/** The settings at the top of a batch. */
export function topLevel(batch: Batch): Settings {
  return Object.fromEntries(settingNames.flatMap((key) => (batch[key] === undefined ? [] : [[key, batch[key]]])));
}

/**
 * Lays the layers over each other, the last the strongest. A sampler written with its schedule (`dpmpp_2m_karras`)
 * sets both; a stronger layer may still set another schedule.
 * Throws `invalid_batch` for a schedule that contradicts the sampler or that it does not have.
 */
export function overlay(...layers: readonly Settings[]): TaskSettings {
  const {
    sampler: spelling,
    schedule: written,
    ...settings
  } = Object.assign({}, settingDefaults, ...layers) as TaskSettings;
  if (spelling === undefined) return written === undefined ? settings : { ...settings, schedule: written };
  const { sampler, schedule: brought } = samplerSpellings.get(spelling)!;
  const layerOf = (key: keyof Settings) => layers.findLastIndex((layer) => layer[key] !== undefined);
  if (brought && written && brought !== written && layerOf('schedule') === layerOf('sampler')) {
    throw fault(
      'schedule',
      `is ${written}, but the sampler ${show(spelling)} has the schedule ${brought} already; leave one out.`,
    );
  }
  const schedule = brought && layerOf('schedule') < layerOf('sampler') ? brought : (written ?? brought);
  if (schedule && schedule !== 'normal' && !hasSchedules(sampler)) {
    const able = samplerNames.filter(hasSchedules).join(', ');
    throw fault(
      'schedule',
      `is ${schedule}, which the sampler ${sampler} (${samplers[sampler].label}) does not have; those that do are ${able}.`,
    );
  }
  return { ...settings, sampler, ...(schedule ? { schedule } : {}) };
}
