import { createPolicy, type Policy } from '@atelier/scheduling';
import { EqualSplit, FirstCome, LeastLoaded, LoadedFirst } from './peers/peers.js';

/** Ours, and what it is measured beside. */
export const policies: Readonly<Record<string, () => Policy>> = {
  atelier: () => createPolicy({ prefetch: true, lateCopies: true }),
  'loaded-model-first': () => new LoadedFirst(),
  'least-loaded': () => new LeastLoaded(),
  'equal split': () => new EqualSplit(),
  'first-come pop': () => new FirstCome(),
};
