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
  const { features, models, tags, slotType } = profile;
  if (features !== 'all' && !wished.every((name) => features.has(name))) return 'missing-feature';
  if (models !== 'all' && !needed.every(({ sha256 }) => models.has(sha256))) return 'missing-model';
  const { tags: wanted = [], slotTypes } = requires;
  if (!wanted.every((tag) => tags.includes(tag)) || (slotTypes && !slotTypes.includes(slotType))) return 'requirements';
  return fit.runs.length === 0 ? 'too-little-memory' : undefined;
}
