import { AtelierError } from '@atelier/contracts';
import { show } from '../document/faults.js';
import type { ResolvedModel } from './types.js';

/** What a name was resolved to. Throws `unknown_model`. */
export function known<T>(resolved: ReadonlyMap<string, T> | undefined, kind: string, name: string): T {
  const found = resolved?.get(name);
  if (!found)
    throw new AtelierError('unknown_model', `The ${kind} ${show(name)} is in no folder of ATELIER_MODELS.`, name);
  return found;
}

/** A model as requests name it. */
export const reference = ({ name, sha256 }: ResolvedModel) => ({ name, sha256 });
