import type { Decision, Policy, PolicyEvent } from '@atelier/scheduling';
import { monotonicMs } from '../clock.js';

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;
export type Fact = WithoutTime<PolicyEvent>;

/** Holds that end by the clock end at most this late. */
const tickMs = 1000;

/**
 * Tells the policy one fact after the other and carries out what it decides, in one synchronous run: a fact that comes
 * up while a decision is carried out waits for its turn.
 */
export class PolicyLoop {
  private readonly facts: Fact[] = [];
  private running = false;
  private readonly ticking: NodeJS.Timeout;

  constructor(
    private readonly policy: Policy,
    private readonly carryOut: { [T in Decision['type']]: (decision: Extract<Decision, { type: T }>) => void },
  ) {
    this.ticking = setInterval(() => this.tell({ type: 'tick' }), tickMs);
  }

  tell(fact: Fact): void {
    this.facts.push(fact);
    if (this.running) return;
    this.running = true;
    try {
      for (let next = this.facts.shift(); next; next = this.facts.shift())
        for (const decision of this.policy.apply({ ...next, at: monotonicMs() }))
          this.carryOut[decision.type](decision as never);
    } finally {
      this.running = false;
    }
  }

  close(): void {
    clearInterval(this.ticking);
  }
}
