import { expect, test } from 'vitest';
import { TaskQueue } from './task-queue.js';
import { cleanHistory, type WaitingTask } from './types.js';

/** Two classes of a job: the even and the odd tasks. */
const classes = [0, 1].map((id) => ({ id, count: 4, at: (ordinal: number) => 2 * ordinal + id }));
const queueAt = (cursor: number) => new TaskQueue({ classes: classes as never }, [{ classId: 1, count: 4, cursor }]);
const indices = (tasks: WaitingTask[]) => tasks.map(({ taskIndex }) => taskIndex);

test('strides over the tasks of a class, from its cursor on', () => {
  const queue = queueAt(1);
  expect(queue.fresh(1)).toBe(3);
  expect(indices(queue.take(1, 2, []))).toEqual([3, 5]);
  expect(indices(queue.take(1, 2, []))).toEqual([7]);
  expect(queue.take(1, 1, [])).toEqual([]);
  expect(indices(queue.take(0, 1, []))).toEqual([0]);
});

test('gives out what was never leased in the order of its class, whatever order it came back in', () => {
  const queue = queueAt(0);
  const [first, second, third] = queue.take(1, 3, []) as [WaitingTask, WaitingTask, WaitingTask];
  for (const task of [third, first, second]) queue.giveBack(task, []);
  expect(queue.take(1, 4, []).map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3]);
});

test('keeps tasks apart that avoid different nodes', () => {
  const queue = queueAt(4);
  queue.giveBack({ taskIndex: 3, classId: 1, history: cleanHistory }, ['b', 'a']);
  queue.giveBack({ taskIndex: 5, classId: 1, history: cleanHistory }, []);
  expect(indices(queue.take(1, 2, ['a']))).toEqual([]);
  expect(indices(queue.take(1, 2, ['a', 'b']))).toEqual([3]);
  expect(indices(queue.take(1, 2, []))).toEqual([5]);
});

test('finds and takes out a task that came back', () => {
  const queue = queueAt(4);
  queue.giveBack({ taskIndex: 3, classId: 1, history: cleanHistory }, ['a']);
  expect(queue.find(3)?.classId).toBe(1);
  expect(queue.remove(3)?.taskIndex).toBe(3);
  expect(queue.find(3)).toBeUndefined();
  expect(queue.remove(3)).toBeUndefined();
});

test('keeps tasks apart that run alone', () => {
  const queue = queueAt(4);
  const alone = { ...cleanHistory, alone: true };
  for (const [taskIndex, history] of [
    [1, cleanHistory],
    [3, alone],
    [5, cleanHistory],
  ] as const)
    queue.giveBack({ taskIndex, classId: 1, history }, []);
  expect(indices(queue.take(1, 3, []))).toEqual([1, 5]);
  expect(queue.take(1, 3, [])).toEqual([]);
  expect(indices(queue.take(1, 1, [], true))).toEqual([3]);
});
