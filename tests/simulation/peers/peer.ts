/** What other farms do, as policies under the same simulator. All of them group pictures and retry; none knows time. */
import type { Assign, Cost, Decision, JobClass, Policy, PolicyEvent } from '@atelier/scheduling';

export interface QueuedTask {
  jobId: string;
  of: JobClass;
}

export interface PeerSlot {
  id: string;
  type: string;
  vramBytes: number;
  maxGroup: number;
  resident: string | undefined;
  /** Assignments that it holds. */
  runs: number;
  /** Tasks that were given to this slot and to no other. */
  own: QueuedTask[];
  /** Seconds of the work that it was given so far, as far as is known. */
  given: number;
}

export abstract class Peer implements Policy {
  protected queue: QueuedTask[] = [];
  protected readonly slots = new Map<string, PeerSlot>();
  private readonly costs = new Map<string, Cost>();
  private readonly jobs = new Map<string, readonly JobClass[]>();

  /** @param places assignments that a slot holds at once: two where the next one must not wait for the network */
  constructor(private readonly places = 1) {}

  /** Takes the next tasks of a slot out of a queue: one, or several that share a run. */
  protected abstract next(slot: PeerSlot): QueuedTask[];
  /** New tasks, as they came. */
  protected enqueue(tasks: QueuedTask[]): void {
    for (const task of tasks) this.queue.push(task);
  }
  /** A slot came. */
  protected joined(slot: PeerSlot): void {
    void slot;
  }

  apply(event: PolicyEvent): Decision[] {
    switch (event.type) {
      case 'cost':
        this.costs.set(`${event.costKey}\n${event.slotType}`, event.cost);
        return [];
      case 'job-added':
        this.jobs.set(event.jobId, event.classes);
        this.enqueue(interleaved(event.jobId, event.classes));
        return this.serveAll();
      case 'tasks-returned': {
        const of = this.jobs.get(event.jobId)!.find(({ id }) => id === event.classId)!;
        this.enqueue(Array.from({ length: event.count }, () => ({ jobId: event.jobId, of })));
        return this.serveAll();
      }
      case 'slot-added': {
        const { slotId: id, slotType: type = 'any', vramBytes = Infinity, maxGroup, resident } = event;
        const slot = { id, type, vramBytes, maxGroup, resident, runs: 0, own: [], given: 0 };
        this.slots.set(id, slot);
        this.joined(slot);
        return this.serve(slot);
      }
      case 'slot-free': {
        const slot = this.slots.get(event.slotId);
        if (!slot) return [];
        slot.runs = Math.max(0, slot.runs - 1);
        return this.serve(slot);
      }
      case 'slot-removed': {
        const slot = this.slots.get(event.slotId);
        this.slots.delete(event.slotId);
        this.enqueue(slot?.own ?? []);
        return this.serveAll();
      }
      default:
        return [];
    }
  }

  waitingFor = () => null;
  idleFor = () => null;
  forecast = () => null;
  queuePosition = () => null;

  /** Whether one of the tasks fits into the slot. */
  protected fits(slot: PeerSlot, { costKey }: JobClass): boolean {
    return (this.cost(slot, costKey)?.runs[0]?.vramBytes ?? Infinity) <= slot.vramBytes;
  }

  /** Seconds of a task in a run of its own. */
  protected seconds(slot: PeerSlot, { costKey }: JobClass): number {
    return this.cost(slot, costKey)?.runs[0]?.seconds ?? 1;
  }

  /** Takes `first` and as many like it out of a queue as take least per task together. */
  protected group(slot: PeerSlot, queue: QueuedTask[], first: number): QueuedTask[] {
    const { of, jobId } = queue[first]!;
    const runs = this.cost(slot, of.costKey)?.runs ?? [];
    const most = of.reproducible ? 1 : slot.maxGroup;
    const possible = runs.filter(({ size, vramBytes }) => size <= most && vramBytes <= slot.vramBytes);
    const best = possible.reduce((a, b) => (b.seconds / b.size < a.seconds / a.size ? b : a), possible[0]!);
    const places: number[] = [];
    for (let i = first; i < queue.length && places.length < best.size; i++)
      if (queue[i]!.of.id === of.id && queue[i]!.jobId === jobId) places.push(i);
    const size = possible.findLast(({ size }) => size <= places.length)!.size;
    const taken = places.slice(0, size);
    for (const place of taken.reverse()) queue.splice(place, 1);
    return taken.map(() => ({ of, jobId }));
  }

  private cost(slot: PeerSlot, costKey: string): Cost | undefined {
    return this.costs.get(`${costKey}\n${slot.type}`);
  }

  private serveAll(): Decision[] {
    return [...this.slots.values()].flatMap((slot) => this.serve(slot));
  }

  private serve(slot: PeerSlot): Assign[] {
    const assigned: Assign[] = [];
    while (slot.runs < this.places) {
      const tasks = this.next(slot);
      if (tasks.length === 0) break;
      const { of, jobId } = tasks[0]!;
      const [slotId, classId, count] = [slot.id, of.id, tasks.length];
      slot.runs += 1;
      slot.resident = of.residencyKey;
      assigned.push({ type: 'assign', slotId, jobId, classId, count, avoid: [], joined: [] });
    }
    return assigned;
  }
}

/** The tasks of a job in the order in which people ask: the classes mixed by how many each has. */
function interleaved(jobId: string, classes: readonly JobClass[]): QueuedTask[] {
  const tasks = classes.flatMap((of) =>
    Array.from({ length: of.remaining }, (_, i) => ({ place: (i + 0.5) / of.remaining, of, jobId })),
  );
  return tasks.sort((a, b) => a.place - b.place || a.of.id - b.of.id);
}
