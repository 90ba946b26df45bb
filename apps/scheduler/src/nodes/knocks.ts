/** Who asked to join since this scheduler started: what an operator looks at while plugging in a machine. */
import type { JoinsView, KnockView } from '@atelier/contracts';

const kept = 50;

export class Knocks {
  private readonly latest: KnockView[] = [];
  /** host:port that agents join on; known when the registry listens. */
  address = '';

  view(): JoinsView {
    return { address: this.address, knocks: this.latest };
  }

  /** Notes how `join` ends, and ends like it. */
  async note<T extends { nodeId: string }>(name: string, join: () => Promise<T>): Promise<T> {
    try {
      const joined = await join();
      this.add({ name, outcome: 'joined', reason: null, nodeId: joined.nodeId });
      return joined;
    } catch (error) {
      this.add({ name, outcome: 'refused', reason: (error as Error).message, nodeId: null });
      throw error;
    }
  }

  private add(knock: Omit<KnockView, 'at'>): void {
    this.latest.unshift({ at: new Date().toISOString(), ...knock, name: knock.name.trim().slice(0, 100) || '?' });
    this.latest.length = Math.min(this.latest.length, kept);
  }
}
