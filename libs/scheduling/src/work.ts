/** Work that waits, indexed by what it needs, so that a slot looks at the first task of each need and at no other. */
import type { JobClass, NeededModel } from './types.js';

/** Tasks of one class that wait; those that came back with nodes to avoid are items of their own. */
export interface WorkItem {
  readonly jobId: string;
  readonly classId: number;
  readonly priority: number;
  readonly createdAt: number;
  readonly reproducible: boolean;
  readonly costKey: string;
  /** Nodes on which these tasks failed, sorted. */
  readonly avoid: readonly string[];
  /** The hold of `avoid` is over: any node may have them. */
  forgiven: boolean;
  /** Tasks that wait, at least one while the item is in an index. */
  remaining: number;
}

/** Work that any slot can either run all of or none. */
export interface Need {
  readonly residencyKey: string;
  readonly models: readonly NeededModel[];
  readonly features: readonly string[];
  /** In order of service. */
  readonly items: WorkItem[];
  /** Tasks in all items. */
  remaining: number;
  /** When it was last served, or began to wait. */
  servedAt: number;
}

/** Order of service: priority, then age, then what came back before what is new. Total, so that decisions repeat. */
export function compareItems(a: WorkItem, b: WorkItem): number {
  return (
    b.priority - a.priority ||
    a.createdAt - b.createdAt ||
    compareText(a.jobId, b.jobId) ||
    a.classId - b.classId ||
    b.avoid.length - a.avoid.length ||
    compareText(a.avoid.join(), b.avoid.join())
  );
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Needs by residency key and features. */
export class WorkIndex {
  private readonly byKey = new Map<string, Need>();
  /** Keys of needs that lost their last item since `forgetEmpty`. */
  private readonly emptied = new Set<string>();
  /** Residency keys of which nothing is given out, with the reason in a sentence. */
  readonly suspended = new Map<string, string>();

  /** Every need with waiting work, and until `forgetEmpty` some without. */
  get needs(): Iterable<Need> {
    return this.byKey.values();
  }

  /** The need of a class, while work of it waits. */
  needOf(jobClass: JobClass): Need | undefined {
    return this.byKey.get(keyOf(jobClass));
  }

  add(item: WorkItem, jobClass: JobClass, at: number): void {
    let need = this.needOf(jobClass);
    if (!need) {
      const { residencyKey, models, features } = jobClass;
      need = { residencyKey, models, features, items: [], remaining: 0, servedAt: at };
      this.byKey.set(keyOf(jobClass), need);
    }
    need.items.splice(placeOf(need.items, item), 0, item);
    need.remaining += item.remaining;
  }

  remove(item: WorkItem, jobClass: JobClass): void {
    const need = this.needOf(jobClass);
    if (!need) return;
    need.items.splice(placeOf(need.items, item), 1);
    need.remaining -= item.remaining;
    if (need.items.length === 0) this.emptied.add(keyOf(jobClass));
  }

  /** Drops needs without work. Until then one that gets work again goes on waiting from when it began. */
  forgetEmpty(): void {
    for (const key of this.emptied) if (this.byKey.get(key)?.items.length === 0) this.byKey.delete(key);
    this.emptied.clear();
  }
}

const keyOf = ({ residencyKey, features }: JobClass) => [residencyKey, ...features].join('\n');

/** Where `item` stands, or would stand, in the order. */
function placeOf(items: readonly WorkItem[], item: WorkItem): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareItems(items[middle]!, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
