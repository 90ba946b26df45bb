import type { Expansion } from '@atelier/batch';
import type { ClassCursor } from '@atelier/store';
import { cleanHistory, type WaitingTask } from './types.js';

interface ClassQueue {
  at(ordinal: number): number;
  count: number;
  /** Ordinals from here on were never given out. */
  cursor: number;
  /** By the nodes that they avoid and whether they run alone. Most have neither: tasks whose lease did not come about. */
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
   * Those that run alone are taken by themselves only.
   */
  take(classId: number, count: number, avoid: readonly string[], alone = false): WaitingTask[] {
    const queue = this.of(classId);
    const key = keyOf(avoid, alone);
    const returned = queue.returned.get(key) ?? [];
    const tasks = returned.splice(0, count);
    if (returned.length === 0) queue.returned.delete(key);
    while (avoid.length === 0 && !alone && tasks.length < count && queue.cursor < queue.count) {
      const ordinal = queue.cursor++;
      tasks.push({ taskIndex: queue.at(ordinal), classId, ordinal, history: cleanHistory });
    }
    return tasks;
  }

  /** Puts a task back. First leases follow the order of their class: lower ordinals go first. */
  giveBack(task: WaitingTask, avoid: readonly string[]): void {
    const { returned } = this.of(task.classId);
    const key = keyOf(avoid, task.history.alone);
    const group = returned.get(key) ?? [];
    returned.set(key, group);
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

const keyOf = (avoid: readonly string[], alone = false) => [alone, ...[...avoid].sort()].join(' ');
