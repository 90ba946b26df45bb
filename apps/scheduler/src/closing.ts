import type { Logger } from '@atelier/telemetry';

/** What has to be undone, last things first, whether the start succeeded or not. */
export class Closing {
  private readonly steps: (() => unknown)[] = [];

  constructor(private readonly logger: Logger) {}

  add(step: () => unknown): void {
    this.steps.push(step);
  }

  /** Does every step once, also when one of them fails. */
  async run(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        this.logger.warn({ err: error }, 'Something could not be closed.');
      }
    }
  }
}
