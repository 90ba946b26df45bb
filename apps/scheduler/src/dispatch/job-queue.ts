/** Which task of a job comes next: a cursor per render class, and the tasks that came back. */
import type { ClassCursor, ReturnedTask } from '@atelier/store';

/** A task that waits, or that was taken to be leased. */
export interface QueuedTask {
  taskIndex: number;
  classId: number;
  /** Place in its class while it was never leased: the store moves the class cursor behind it. */
  ordinal?: number;
  /** Attempts that failed, whoever was to blame. */
  failures: number;
  /** Nodes on which an attempt failed, each once. */
  failedNodes: string[];
}

/** Index in the job of the task number `ordinal` of a class. */
export type IndexOf = (classId: number, ordinal: number) => number;

export class JobQueue {
  private readonly cursors = new Map<number, ClassCursor>();
  private readonly returned = new Map<number, QueuedTask[]>();

  constructor(
    classes: readonly ClassCursor[],
    returned: readonly ReturnedTask[],
    private readonly indexOf: IndexOf,
  ) {
    for (const cursor of classes) this.cursors.set(cursor.classId, { ...cursor });
    for (const task of returned) this.giveBack({ ...task, failedNodes: [...task.failedNodes] });
  }

  /** Tasks of the class that were never taken. */
  fresh(classId: number): number {
    const cursor = this.cursors.get(classId);
    return cursor ? cursor.count - cursor.cursor : 0;
  }

  /** Tasks of the class that came back, by the nodes on which they failed. */
  returnedGroups(classId: number): Map<string, { avoid: string[]; count: number }> {
    const groups = new Map<string, { avoid: string[]; count: number }>();
    for (const { failedNodes } of this.returned.get(classId) ?? []) {
      const avoid = [...failedNodes].sort();
      const group = groups.get(avoid.join()) ?? { avoid, count: 0 };
      groups.set(avoid.join(), { avoid, count: group.count + 1 });
    }
    return groups;
  }

  /**
   * Takes up to `count` tasks of a class: those that came back from exactly the nodes of `avoid` first; without such
   * nodes, then the next ones of the class.
   */
  take(classId: number, count: number, avoid: readonly string[]): QueuedTask[] {
    const waiting = this.returned.get(classId) ?? [];
    const wanted = avoid.join();
    const fits = waiting.filter(({ failedNodes }) => [...failedNodes].sort().join() === wanted).slice(0, count);
    if (fits.length > 0) this.returned.set(classId, waiting.filter((task) => !fits.includes(task)));
    return avoid.length > 0 ? fits : [...fits, ...this.takeFresh(classId, count - fits.length)];
  }

  /** Puts back what could not be leased, or what an attempt lost. */
  giveBack(task: QueuedTask): void {
    const waiting = this.returned.get(task.classId) ?? [];
    waiting.push(task);
    this.returned.set(task.classId, waiting);
  }

  /** Takes one task out, because somebody gave its result after all. False if it was not waiting. */
  remove(classId: number, taskIndex: number): boolean {
    const waiting = this.returned.get(classId) ?? [];
    const kept = waiting.filter((task) => task.taskIndex !== taskIndex);
    this.returned.set(classId, kept);
    return kept.length < waiting.length;
  }

  private takeFresh(classId: number, count: number): QueuedTask[] {
    const cursor = this.cursors.get(classId);
    if (!cursor) return [];
    const taken = Math.min(count, cursor.count - cursor.cursor);
    const first = cursor.cursor;
    cursor.cursor += taken;
    return Array.from({ length: taken }, (_, i) => ({
      taskIndex: this.indexOf(classId, first + i),
      classId,
      ordinal: first + i,
      failures: 0,
      failedNodes: [],
    }));
  }
}
