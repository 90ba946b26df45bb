/** Slots that can do the same share a profile, so that what follows from it is worked out once. */
import type { SlotAbilities } from './types.js';

export interface Profile extends Required<Omit<SlotAbilities, 'inVram' | 'inRam' | 'onDisk' | 'watts' | 'chassis'>> {
  /** Position among the profiles, from 0. */
  readonly id: number;
}

const none: ReadonlySet<string> = new Set();

export class Profiles {
  private readonly byKey = new Map<string, Profile>();

  /** The profile of a slot with these abilities. */
  of(abilities: SlotAbilities): Profile {
    const { models, features, maxGroup, slotType = 'any', vramBytes = Infinity, tags = [] } = abilities;
    const { device = slotType, fetchable = none } = abilities;
    const sets = [tags, models, fetchable, features].map(textOf);
    const key = [maxGroup, slotType, device, vramBytes, ...sets].join('\n');
    let profile = this.byKey.get(key);
    if (!profile) {
      profile = { id: this.byKey.size, models, fetchable, features, maxGroup, slotType, device, vramBytes, tags };
      this.byKey.set(key, profile);
    }
    return profile;
  }
}

const textOf = (words: ReadonlySet<string> | readonly string[] | 'all') =>
  words === 'all' ? 'all' : JSON.stringify([...words].sort());
