import { InputError } from '../errors.js';
import { noiseLevelSchedules, samplerNames, type SamplerChoice } from './registry.js';

/** Names that say the same in other programs. */
const ALIASES: Record<string, Omit<SamplerChoice, 'schedule'>> = {
  plms: { name: 'pndm', settings: { skip_prk_steps: true } },
  euler_ancestral: { name: 'euler_a' },
  dpm_2: { name: 'dpm2' },
  dpm_2_ancestral: { name: 'dpm2_a' },
  uni_pc: { name: 'unipc' },
  unipcmultistep: { name: 'unipc' },
};

/**
 * Understands a sampler's name: our own (`dpmpp_2m`), with a schedule behind it (`dpmpp_2m_karras`), AUTOMATIC1111's
 * labels (`DPM++ 2M Karras`), and other programs' aliases (`plms`, `k_euler_a`). Case and separators do not matter.
 */
export function parseSamplerName(text: string): SamplerChoice {
  const key = text
    .trim()
    .toLowerCase()
    .replaceAll('++', 'pp')
    .replace(/[\s-]+/g, '_');
  const schedule = noiseLevelSchedules.find((name) => key.endsWith(`_${name}`));
  const stem = schedule ? key.slice(0, -schedule.length - 1) : key;
  for (const candidate of [stem, stem.replace(/^k_/, '')]) {
    const own = samplerNames.find((name) => name === candidate);
    const choice = own ? { name: own } : ALIASES[candidate];
    if (choice) return schedule ? { ...choice, schedule } : choice;
  }
  throw new InputError(`Sampler "${text}" is not known; known are ${samplerNames.join(', ')}.`);
}
