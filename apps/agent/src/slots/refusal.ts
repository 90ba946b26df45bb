import type { agentProto } from '@atelier/contracts';

/** Why an assignment is not taken, or a run not begun. */
export class Refusal extends Error {
  constructor(
    readonly failureCause: agentProto.FailureCause,
    message: string,
  ) {
    super(message);
  }
}
