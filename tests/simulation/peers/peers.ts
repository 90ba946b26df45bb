import { Peer, type PeerSlot, type QueuedTask } from './peer.js';

/** Every free slot pops the oldest task that fits: a plain queue. */
export class FirstCome extends Peer {
  protected next(slot: PeerSlot): QueuedTask[] {
    const first = this.queue.findIndex(({ of }) => this.fits(slot, of));
    return first < 0 ? [] : this.group(slot, this.queue, first);
  }
}

/** A free slot pops a task of the checkpoint that it has loaded, if one waits, else the oldest. */
export class LoadedFirst extends Peer {
  protected next(slot: PeerSlot): QueuedTask[] {
    const loaded = this.queue.findIndex(({ of }) => of.residencyKey === slot.resident && this.fits(slot, of));
    const first = loaded >= 0 ? loaded : this.queue.findIndex(({ of }) => this.fits(slot, of));
    return first < 0 ? [] : this.group(slot, this.queue, first);
  }
}

/** Every slot gets as many tasks as any other before anything runs, checkpoint by checkpoint. */
export class EqualSplit extends Peer {
  private turn = 0;

  protected override enqueue(tasks: QueuedTask[]): void {
    if (this.slots.size === 0) return super.enqueue(tasks);
    const slots = [...this.slots.values()];
    const sorted = [...tasks].sort((a, b) => (a.of.residencyKey < b.of.residencyKey ? -1 : 1));
    const share = Math.ceil(sorted.length / slots.length);
    for (const [i, task] of sorted.entries()) {
      const at = this.turn + Math.floor(i / share);
      const able = slots.findIndex((_, step) => this.fits(slots[(at + step) % slots.length]!, task.of));
      slots[(at + able) % slots.length]!.own.push(task);
    }
    this.turn = (this.turn + Math.ceil(sorted.length / share)) % slots.length;
  }

  protected override joined(): void {
    if (this.queue.length > 0) this.enqueue(this.queue.splice(0));
  }

  protected next(slot: PeerSlot): QueuedTask[] {
    return slot.own.length === 0 ? [] : this.group(slot, slot.own, 0);
  }
}

/** Every task goes to the slot that was given least work so far, whatever it has loaded. */
export class LeastLoaded extends Peer {
  protected override enqueue(tasks: QueuedTask[]): void {
    if (this.slots.size === 0) return super.enqueue(tasks);
    for (const task of tasks) {
      let least: PeerSlot | undefined;
      for (const slot of this.slots.values())
        if (this.fits(slot, task.of) && (!least || slot.given < least.given)) least = slot;
      if (!least) continue;
      least.own.push(task);
      least.given += this.seconds(least, task.of);
    }
  }

  protected override joined(): void {
    if (this.queue.length > 0) this.enqueue(this.queue.splice(0));
  }

  protected next(slot: PeerSlot): QueuedTask[] {
    return slot.own.length === 0 ? [] : this.group(slot, slot.own, 0);
  }
}
