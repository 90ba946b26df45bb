import type { AttemptState, TaskState } from '@atelier/contracts';
import type { Database } from '../database/database.js';
import type { Attempt as AttemptRow, Task as TaskRow } from '../generated/prisma/client.js';
import type { Attempt, Task, Tasks } from './types.js';

export function createTasks({ prisma }: Database): Tasks {
  return {
    get: async ({ jobId, taskIndex }) => {
      const row = await prisma.task.findUnique({
        where: { jobId_taskIndex: { jobId, taskIndex } },
        omit: { attemptId: true },
      });
      return row && toTask(row);
    },
    list: async (jobId, fromIndex, limit, states) => {
      const rows = await prisma.task.findMany({
        where: { jobId, taskIndex: { gte: fromIndex }, ...(states && { state: { in: states } }) },
        orderBy: { taskIndex: 'asc' },
        take: limit,
        omit: { attemptId: true },
      });
      return rows.map(toTask);
    },
    attempts: async ({ jobId, taskIndex }) => {
      const rows = await prisma.attempt.findMany({
        where: { jobId, taskIndex },
        orderBy: { number: 'asc' },
        omit: { term: true },
      });
      return rows.map(toAttempt);
    },
    attempt: async (id) => {
      const row = await prisma.attempt.findUnique({ where: { id }, omit: { term: true } });
      return row && toAttempt(row);
    },
  };
}

function toTask({ state, ...row }: Omit<TaskRow, 'attemptId'>): Task {
  return { ...row, state: state as TaskState };
}

function toAttempt({ id, state, record, ...row }: Omit<AttemptRow, 'term'>): Attempt {
  return { ...row, attemptId: id, state: state as AttemptState, record: record as Attempt['record'] };
}
