import type { Expansion } from '@atelier/batch';
import type { ClassCursor } from '@atelier/store';
import { cleanHistory, type WaitingTask } from './types.js';

interface ClassQueue {
  at(ordinal: number): number;
  count: number;
  /** Ordinals from here on were never given out. */
  cursor: number;
  /** By the nodes that they avoid. Most have none: tasks whose lease did not come about. */
  returned: Map<string, WaitingTask[]>;
}

/**
 * The tasks of one job that wait: per render class a cursor over those that were never leased, and what came back.
 * It holds nothing for a task that was never touched, so a job of a million costs what a job of ten costs.
 */
export class TaskQueue {
  private readonly classes: ReadonlyMap<number, ClassQueue>;

  constructor({ classes }: Pick<Expansion, 'classes'>, cursors: readonly ClassCursor[]) {
    const cursorOf = new Map(cursors.map(({ classId, cursor }) => [classId, cursor]));
    this.classes = new Map(
      classes.map(({ id, count, at }) => [id, { at, count, cursor: cursorOf.get(id) ?? 0, returned: new Map() }]),
    );
  }

  /** Tasks of the class that were never given out. */
  fresh(classId: number): number {
    const { count, cursor } = this.of(classId);
    return count - cursor;
  }

  /**
   * Takes up to `count` tasks that avoid exactly these nodes; with none to avoid those in the order of their class.
   * Those before one that must run by itself come without it, and it comes alone.
   */
  take(classId: number, count: number, avoid: readonly string[]): WaitingTask[] {
    const queue = this.of(classId);
    const key = keyOf(avoid);
    const returned = queue.returned.get(key) ?? [];
    const firstAlone = returned.slice(0, count).findIndex(({ history }) => history.alone);
    const most = firstAlone < 0 ? count : Math.max(1, firstAlone);
    const tasks = returned.splice(0, most);
    if (returned.length === 0) queue.returned.delete(key);
    if (firstAlone >= 0) return tasks;
    while (avoid.length === 0 && tasks.length < count && queue.cursor < queue.count) {
      const ordinal = queue.cursor++;
      tasks.push({ taskIndex: queue.at(ordinal), classId, ordinal, history: cleanHistory });
    }
    return tasks;
  }

  /** Tasks that `take` could still give. */
  waiting(classId: number, avoid: readonly string[]): number {
    const returned = this.of(classId).returned.get(keyOf(avoid))?.length ?? 0;
    return returned + (avoid.length === 0 ? this.fresh(classId) : 0);
  }

  /** Puts a task back. First leases follow the order of their class: lower ordinals go first. */
  giveBack(task: WaitingTask, avoid: readonly string[]): void {
    const { returned } = this.of(task.classId);
    const group = returned.get(keyOf(avoid)) ?? [];
    returned.set(keyOf(avoid), group);
    const place = group.findIndex(({ ordinal }) => (ordinal ?? -1) > (task.ordinal ?? -1));
    group.splice(place < 0 ? group.length : place, 0, task);
  }

  /** Takes out a task that came back; undefined when it does not wait. */
  remove(taskIndex: number): WaitingTask | undefined {
    for (const { returned } of this.classes.values()) {
      for (const [key, group] of returned) {
        const place = group.findIndex((task) => task.taskIndex === taskIndex);
        if (place < 0) continue;
        const [task] = group.splice(place, 1);
        if (group.length === 0) returned.delete(key);
        return task;
      }
    }
    return undefined;
  }

  /** A task that came back; undefined when it does not wait. */
  find(taskIndex: number): WaitingTask | undefined {
    const groups = [...this.classes.values()].flatMap(({ returned }) => [...returned.values()]);
    return groups.flat().find((task) => task.taskIndex === taskIndex);
  }

  private of(classId: number): ClassQueue {
    return this.classes.get(classId)!;
  }
}

const keyOf = (avoid: readonly string[]) => [...avoid].sort().join(' ');
