/** What projects have used of the farm and what they may, kept in the database and told to the policy. */
import { AtelierError, type ProjectView } from '@atelier/contracts';
import type { ShareTerms } from '@atelier/scheduling';
import type { Scheduling, StoredShare } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';

export interface ShareChange {
  weight?: number | undefined;
  budgetSeconds?: number | null | undefined;
  maximumSlots?: number | null | undefined;
}

export class Usage {
  /** GPU seconds since they were last written, by project. */
  private unsaved = new Map<string, number>();

  constructor(
    private readonly store: Pick<Scheduling, 'shares' | 'setShare' | 'addUse'>,
    private readonly logger: Logger,
    private readonly tell: (project: string, terms: ShareTerms) => void,
  ) {}

  /** Takes up the shares of before: what was used is not forgotten over a restart. */
  async load(): Promise<void> {
    for (const { project, userName, ...terms } of await this.store.shares())
      if (userName === '') this.tell(project, terms);
  }

  async list(): Promise<ProjectView[]> {
    await this.save();
    return (await this.store.shares()).filter(({ userName }) => userName === '').map(viewOf);
  }

  /** Throws `invalid_request`. */
  async change(project: string, change: ShareChange): Promise<ProjectView> {
    if (project.trim() === '') throw new AtelierError('invalid_request', 'The name of the project is empty.');
    await this.save();
    const before = (await this.store.shares()).find((share) => share.project === project && share.userName === '');
    const { weight = 1, budgetSeconds = null, maximumSlots = null } = { ...before, ...withoutUndefined(change) };
    const share = await this.store.setShare({ project, userName: '', weight, budgetSeconds, maximumSlots });
    this.tell(project, { weight, budgetSeconds, maximumSlots });
    return viewOf(share);
  }

  /** A project had so many seconds of a slot. */
  used(project: string, seconds: number): void {
    this.unsaved.set(project, (this.unsaved.get(project) ?? 0) + seconds);
  }

  /** Writes what was used since it was last written. */
  async save(): Promise<void> {
    const uses = [...this.unsaved].map(([project, seconds]) => ({ project, userName: '', seconds }));
    this.unsaved = new Map();
    try {
      if (uses.length > 0) await this.store.addUse(uses);
    } catch (error) {
      this.logger.warn({ err: error }, 'What projects have used was not written; it is tried again.');
      for (const { project, seconds } of uses) this.used(project, seconds);
    }
  }
}

const viewOf = ({ project, weight, usedSeconds, budgetSeconds, maximumSlots }: StoredShare): ProjectView => ({
  name: project,
  weight,
  usedSeconds,
  budgetSeconds,
  maximumSlots,
});

const withoutUndefined = (change: ShareChange) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<StoredShare>;
