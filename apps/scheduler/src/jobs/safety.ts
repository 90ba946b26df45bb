/** Whose pictures are judged by the safety checker: the farm decides, and a project may decide otherwise. */
import { AtelierError, type SafetyPolicy } from '@atelier/contracts';
import type { Scheduling } from '@atelier/store';

export class Safety {
  /**
   * @param checker name of the farm's safety checker; undefined: it has none
   * @param policy of projects that do not say
   */
  constructor(
    private readonly checker: string | undefined,
    private readonly policy: SafetyPolicy,
    private readonly store: Pick<Scheduling, 'share'>,
  ) {}

  /** Name of the safety checker that judges the pictures of a project's new jobs; undefined where none does. */
  async checkerOf(project: string): Promise<string | undefined> {
    const own = this.checker === undefined ? undefined : (await this.store.share(project, ''))?.safety;
    return (own ?? this.policy) === 'withhold' ? this.checker : undefined;
  }

  /** Throws `conflict` for a policy that this farm cannot follow. */
  requirePossible(policy: SafetyPolicy | null | undefined): void {
    if (policy === 'withhold' && this.checker === undefined)
      throw new AtelierError(
        'conflict',
        'The farm has no safety checker, so that nothing can be judged: ATELIER_SAFETY_CHECKER of the scheduler names one.',
        'safety',
      );
  }
}
