/** What projects and their users have used of the farm and what they may, kept in the database and told to the policy. */
import { AtelierError, type ProjectView, type SafetyPolicy, type ShareView } from '@atelier/contracts';
import type { ShareTerms } from '@atelier/scheduling';
import type { Scheduling, StoredShare } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import type { Safety } from '../jobs/safety.js';

export interface ShareChange {
  weight?: number | undefined;
  budgetSeconds?: number | null | undefined;
  maximumSlots?: number | null | undefined;
  safety?: SafetyPolicy | null | undefined;
}

/** A project, or a user in it. */
export interface ShareOwner {
  project: string;
  user?: string;
}

/** Tasks of jobs that nobody knows any more are of this project. */
const unknownOwner = { project: 'default', user: '' };

export class Usage {
  /** GPU seconds since they were last written. */
  private unsaved = new Map<string, { project: string; userName: string; seconds: number }>();

  constructor(
    private readonly store: Pick<Scheduling, 'shares' | 'share' | 'setShare' | 'addUse'>,
    private readonly logger: Logger,
    private readonly tell: (owner: ShareOwner, terms: ShareTerms) => void,
    private readonly safety: Pick<Safety, 'requirePossible'>,
  ) {}

  /** Takes up the shares of before: what was used is not forgotten over a restart. */
  async load(): Promise<void> {
    for (const { project, userName, weight, usedSeconds, budgetSeconds, maximumSlots } of await this.store.shares())
      this.tell(ownerOf(project, userName), { weight, usedSeconds, budgetSeconds, maximumSlots });
  }

  async list(): Promise<ProjectView[]> {
    await this.save();
    const shares = await this.store.shares();
    return shares.filter(({ userName }) => userName === '').map((share) => viewOf(share, shares));
  }

  /** Sets what a project, or a user in it, may have. Throws `invalid_request` and `conflict`. */
  async change({ project, user = '' }: ShareOwner, change: ShareChange): Promise<ProjectView> {
    if (project.trim() === '') throw new AtelierError('invalid_request', 'The name of the project is empty.');
    this.safety.requirePossible(change.safety);
    await this.save();
    const before = await this.store.shares();
    await this.set({ project, userName: user }, before, change);
    // A user's share is one of a project: that has one, too.
    if (user !== '') await this.set({ project, userName: '' }, before, {});
    const shares = await this.store.shares();
    return viewOf(
      shares.find((share) => share.project === project && share.userName === '')!,
      shares,
    );
  }

  /** A project and its user had so many seconds of a slot. */
  used({ project, user }: { project: string; user: string } = unknownOwner, seconds: number): void {
    for (const userName of new Set(['', user])) this.note({ project, userName, seconds });
  }

  /** Writes what was used since it was last written. */
  async save(): Promise<void> {
    const uses = [...this.unsaved.values()];
    this.unsaved = new Map();
    try {
      if (uses.length > 0) await this.store.addUse(uses);
    } catch (error) {
      this.logger.warn({ err: error }, 'What projects have used was not written; it is tried again.');
      for (const use of uses) this.note(use);
    }
  }

  private note({ project, userName, seconds }: { project: string; userName: string; seconds: number }): void {
    const key = `${project}\n${userName}`;
    this.unsaved.set(key, { project, userName, seconds: (this.unsaved.get(key)?.seconds ?? 0) + seconds });
  }

  private async set(
    name: Pick<StoredShare, 'project' | 'userName'>,
    shares: readonly StoredShare[],
    change: ShareChange,
  ): Promise<void> {
    const before = shares.find(({ project, userName }) => project === name.project && userName === name.userName);
    const terms = { ...before, ...withoutUndefined(change) };
    const { weight = 1, budgetSeconds = null, maximumSlots = null, safety = null } = terms;
    await this.store.setShare({ ...name, weight, budgetSeconds, maximumSlots, safety });
    this.tell(ownerOf(name.project, name.userName), { weight, budgetSeconds, maximumSlots });
  }
}

const ownerOf = (project: string, userName: string): ShareOwner =>
  userName === '' ? { project } : { project, user: userName };

const viewOf = (share: StoredShare, all: readonly StoredShare[]): ProjectView => ({
  ...shareView(share),
  name: share.project,
  safety: share.safety,
  users: all
    .filter(({ project, userName }) => project === share.project && userName !== '')
    .map((user) => ({ ...shareView(user), name: user.userName })),
});

const shareView = ({ weight, usedSeconds, budgetSeconds, maximumSlots }: StoredShare): Omit<ShareView, 'name'> => ({
  weight,
  usedSeconds,
  budgetSeconds,
  maximumSlots,
});

const withoutUndefined = (change: ShareChange) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<StoredShare>;
