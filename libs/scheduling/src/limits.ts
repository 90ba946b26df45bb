/** What no waiting helps against: the abilities of a slot. */
import type { Fit } from './cost.js';
import type { Profile } from './profile.js';
import type { HoldRule } from './rules.js';
import type { Requirements, NeededModel } from './types.js';

export interface Demands {
  readonly models: readonly NeededModel[];
  readonly features: readonly string[];
  readonly requires: Requirements;
}

/** Rules by which a profile can fall short of a need, in the order in which they are told. */
export type Lack = Extract<HoldRule, 'missing-feature' | 'missing-model' | 'requirements' | 'too-little-memory'>;

/** The first ability that slots of a profile lack; undefined when they can run it. */
export function lackOf(profile: Profile, { models: needed, features: wished, requires }: Demands, fit: Fit) {
  const { features } = profile;
  if (features !== 'all' && !wished.every((name) => features.has(name))) return 'missing-feature';
  if (!absentOn(profile, needed).every(({ sha256 }) => profile.fetchable.has(sha256))) return 'missing-model';
  if (!meets(profile, requires)) return 'requirements';
  return fit.runs.length === 0 ? 'too-little-memory' : undefined;
}

/** Models that do not lie on the disk of a slot's node. */
export function absentOn({ models }: Pick<Profile, 'models'>, needed: readonly NeededModel[]): readonly NeededModel[] {
  return models === 'all' ? [] : needed.filter(({ sha256 }) => !models.has(sha256));
}

/** Whether a slot is what a job asks for. */
export function meets(
  { tags, device, vramBytes }: Pick<Profile, 'tags' | 'device' | 'vramBytes'>,
  { tags: wanted = [], devices, vramBytes: least = 0 }: Requirements,
): boolean {
  const name = device.toLowerCase();
  if (devices && !devices.some((part) => name.includes(part.toLowerCase()))) return false;
  return vramBytes >= least && wanted.every((tag) => tags.includes(tag));
}

/** What a job asks for, in words. */
export function wordsOf({ tags = [], devices = [], vramBytes }: Requirements): string {
  const memory = vramBytes === undefined ? [] : [`at least ${Math.round((10 * vramBytes) / 2 ** 30) / 10} GiB`];
  const tagged = tags.length === 0 ? [] : [`the tag${tags.length > 1 ? 's' : ''} ${tags.join(', ')}`];
  return [...(devices.length > 0 ? [devices.join(' or ')] : []), ...memory, ...tagged].join(', ');
}
