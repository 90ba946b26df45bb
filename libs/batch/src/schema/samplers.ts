/** The samplers that a batch may name, with the names that AUTOMATIC1111 knows them by. */

interface SamplerEntry {
  /** AUTOMATIC1111's label, or the nearest to it. */
  label: string;
  /** Network evaluations per step, guidance apart. @default 1 */
  evaluations?: 2;
  /** Has the noise schedules `karras` and `exponential`. */
  schedules?: true;
}

export const samplers = {
  ddim: { label: 'DDIM' },
  ddpm: { label: 'DDPM' },
  pndm: { label: 'PLMS' },
  lms: { label: 'LMS', schedules: true },
  euler: { label: 'Euler', schedules: true },
  euler_a: { label: 'Euler a' },
  heun: { label: 'Heun', schedules: true, evaluations: 2 },
  dpm2: { label: 'DPM2', schedules: true, evaluations: 2 },
  dpm2_a: { label: 'DPM2 a', schedules: true, evaluations: 2 },
  dpmpp_2m: { label: 'DPM++ 2M', schedules: true },
  dpmpp_2m_sde: { label: 'DPM++ 2M SDE', schedules: true },
  dpmpp_2s: { label: 'DPM++ 2S', schedules: true },
  dpmpp_sde: { label: 'DPM++ SDE', schedules: true, evaluations: 2 },
  unipc: { label: 'UniPC', schedules: true },
  deis: { label: 'DEIS', schedules: true },
  lcm: { label: 'LCM' },
  tcd: { label: 'TCD' },
} as const satisfies Record<string, SamplerEntry>;

export type SamplerName = keyof typeof samplers;
export const samplerNames = Object.keys(samplers) as SamplerName[];

export const schedules = ['normal', 'karras', 'exponential'] as const;
export type Schedule = (typeof schedules)[number];

const scheduleLabels = { karras: 'Karras', exponential: 'Exponential' } as const;

const entryOf = (name: SamplerName): SamplerEntry => samplers[name];

export const evaluationsPerStep = (name: string) =>
  name in samplers ? (entryOf(name as SamplerName).evaluations ?? 1) : 1;
export const hasSchedules = (name: SamplerName) => entryOf(name).schedules === true;

/** A sampler as a batch may write it: a name, or an alias that may bring its schedule. */
export interface SamplerChoice {
  sampler: SamplerName;
  schedule?: Schedule;
}

/** Every accepted spelling: names first, then `plms`, names with a schedule, and AUTOMATIC1111's labels. */
export const samplerSpellings: ReadonlyMap<string, SamplerChoice> = new Map([
  ...samplerNames.map((sampler): [string, SamplerChoice] => [sampler, { sampler }]),
  ['plms', { sampler: 'pndm' }],
  ...samplerNames.flatMap(scheduledSpellings),
  ...samplerNames.map((sampler): [string, SamplerChoice] => [samplers[sampler].label, { sampler }]),
]);

function scheduledSpellings(sampler: SamplerName): [string, SamplerChoice][] {
  if (!hasSchedules(sampler)) return [];
  return (['karras', 'exponential'] as const).flatMap((schedule): [string, SamplerChoice][] => [
    [`${sampler}_${schedule}`, { sampler, schedule }],
    [`${samplers[sampler].label} ${scheduleLabels[schedule]}`, { sampler, schedule }],
  ]);
}

/** The labels that AUTOMATIC1111's picture text has for a sampler and its schedule. */
export function labelsOf(sampler: string, schedule: string): { sampler: string; schedule?: string } {
  return {
    sampler: sampler in samplers ? samplers[sampler as SamplerName].label : sampler,
    ...(schedule in scheduleLabels ? { schedule: scheduleLabels[schedule as keyof typeof scheduleLabels] } : {}),
  };
}
