/** What an engine has loaded, in the scheduler's words: by the residency keys of runs. */
import type { LoadedNetwork } from '@atelier/diffusion';

/** Keys that are remembered; an engine has room for few. */
const mostKeys = 32;

export class Residency {
  /** By residency key, the networks that its last run computed with; the latest last. */
  private readonly networks = new Map<string, readonly string[]>();

  /** A run for a residency key computed with these networks. */
  ran(key: string, networks: readonly string[]): void {
    if (key === '') return;
    this.networks.delete(key);
    this.networks.set(key, networks);
    for (const oldest of this.networks.keys()) if (this.networks.size > mostKeys) this.networks.delete(oldest);
  }

  /** Keys of which everything is among what is loaded. */
  keys(loaded: readonly LoadedNetwork[]): string[] {
    const there = new Set(loaded.map(({ key }) => key));
    return [...this.networks]
      .filter(([, networks]) => networks.length > 0 && networks.every((network) => there.has(network)))
      .map(([key]) => key);
  }
}
