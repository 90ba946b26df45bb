/**
 * Fair shares of GPU seconds between projects, and between the users of each: deficit round robin over virtual time
 * (M. Shreedhar and G. Varghese, "Efficient Fair Queuing Using Deficit Round-Robin", 1995), in two levels.
 *
 * Virtual time is GPU seconds used, divided by the weight. Whoever has least comes first. Who begins to wait starts at
 * the virtual time of those who wait already: nobody saves up a claim while he wants nothing.
 */
import type { ShareTerms } from './types.js';

/** A project, or a user of one. */
export interface Share {
  readonly name: string;
  weight: number;
  virtualSeconds: number;
  usedSeconds: number;
  budgetSeconds: number;
  maximumSlots: number;
  /** Slots that run something of it. */
  slots: number;
  /** Tasks that wait. */
  waiting: number;
}

/** A user in a project: who is charged. */
export interface Owner {
  readonly project: Project;
  readonly user: Share;
}

export interface Project extends Share {
  readonly users: Map<string, Owner>;
}

export class Shares {
  private readonly projects = new Map<string, Project>();

  /** The owner of a job's work. */
  owner(project = 'default', user = 'default'): Owner {
    const inProject = this.project(project);
    let owner = inProject.users.get(user);
    if (!owner) inProject.users.set(user, (owner = { project: inProject, user: newShare(user) }));
    return owner;
  }

  get all(): Project[] {
    return [...this.projects.values()];
  }

  set(project: string, user: string | undefined, terms: ShareTerms): void {
    const share = user === undefined ? this.project(project) : this.owner(project, user).user;
    const { weight, usedSeconds, budgetSeconds, maximumSlots } = terms;
    if (weight !== undefined) {
      share.virtualSeconds *= share.weight / weight;
      share.weight = weight;
    }
    if (usedSeconds !== undefined) {
      share.usedSeconds = usedSeconds;
      share.virtualSeconds = usedSeconds / share.weight;
    }
    if (budgetSeconds !== undefined) share.budgetSeconds = budgetSeconds ?? Infinity;
    if (maximumSlots !== undefined) share.maximumSlots = maximumSlots ?? Infinity;
  }

  /** Tasks of the owner wait, or, below zero, wait no longer. */
  addWaiting({ project, user }: Owner, count: number): void {
    if (count > 0) {
      if (user.waiting === 0) user.virtualSeconds = Math.max(user.virtualSeconds, leastOf(usersOf(project)));
      if (project.waiting === 0) project.virtualSeconds = Math.max(project.virtualSeconds, leastOf(this.all));
    }
    user.waiting += count;
    project.waiting += count;
  }

  /** Charges GPU seconds, or gives back what was charged too much. */
  charge({ project, user }: Owner, seconds: number): void {
    for (const share of [project, user]) {
      share.usedSeconds += seconds;
      share.virtualSeconds += seconds / share.weight;
    }
  }

  /** Moves the owner's turn back by seconds that it is about to use, without charging them. */
  lend({ project, user }: Owner, seconds: number): void {
    project.virtualSeconds += seconds / project.weight;
    user.virtualSeconds += seconds / user.weight;
  }

  addSlots({ project, user }: Owner, count: number): void {
    project.slots += count;
    user.slots += count;
  }

  private project(name: string): Project {
    let project = this.projects.get(name);
    if (!project) this.projects.set(name, (project = { ...newShare(name), users: new Map() }));
    return project;
  }
}

/** What stops the owner from getting another slot. */
export function stopOf({ project, user }: Owner): 'budget' | 'quota' | undefined {
  if (project.usedSeconds >= project.budgetSeconds || user.usedSeconds >= user.budgetSeconds) return 'budget';
  if (project.slots >= project.maximumSlots || user.slots >= user.maximumSlots) return 'quota';
  return undefined;
}

/** Seconds by which `a` is ahead of `b` in what it has had, by the level on which they differ. */
export function ahead(a: Owner, b: Owner): number {
  return a.project === b.project
    ? (a.user.virtualSeconds - b.user.virtualSeconds) * a.user.weight
    : (a.project.virtualSeconds - b.project.virtualSeconds) * a.project.weight;
}

const newShare = (name: string): Share => ({
  name,
  weight: 1,
  virtualSeconds: 0,
  usedSeconds: 0,
  budgetSeconds: Infinity,
  maximumSlots: Infinity,
  slots: 0,
  waiting: 0,
});

const usersOf = ({ users }: Project) => [...users.values()].map(({ user }) => user);

/** Least virtual time of those who have something waiting; 0 when nobody has. */
function leastOf(shares: readonly Share[]): number {
  let least = Infinity;
  for (const { waiting, virtualSeconds } of shares) if (waiting > 0 && virtualSeconds < least) least = virtualSeconds;
  return least === Infinity ? 0 : least;
}
