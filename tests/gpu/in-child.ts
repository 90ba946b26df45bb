/** Has a process of its own do one task, and watches the device's memory meanwhile. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { watchDeviceMemory } from './device-memory.js';
import type { FromTask, Moment, Task, TaskResult } from './tasks.js';

/** Memory of the device at a moment, and the most of it since the moment before, bytes. */
export interface Reading {
  now: number | null;
  peak: number | null;
}

export interface Done {
  /** Undefined where it failed. */
  result?: TaskResult;
  /** Why it failed, in a sentence. */
  error?: string;
  memory: Partial<Record<Moment, Reading>>;
  /** What told the memory. */
  source: string;
}

const LONGEST_MS = 20 * 60_000;
/** A driver gives memory back a little later. */
const SETTLING_MS = 300;

export async function inChild(task: Task, { software = false }: { software?: boolean } = {}): Promise<Done> {
  const child = fork(join(import.meta.dirname, 'run-task.js'), [JSON.stringify(task)], {
    ...{ serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] },
  });
  const watch = watchDeviceMemory(child.pid!, software);
  const done: Done = { memory: {}, source: watch.source };
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  try {
    await new Promise<void>((ended) => {
      child.on('message', (message: FromTask) => {
        if ('result' in message) done.result = message.result;
        else if ('error' in message) done.error = message.error;
        else {
          const peak = watch.takePeak();
          setTimeout(() => {
            done.memory[message.moment] = { now: watch.now(), peak };
            if (child.connected) child.send('go on');
          }, SETTLING_MS);
        }
      });
      child.once('exit', (code, signal) => {
        if (!done.result)
          done.error ??= signal ? `the process was ended by ${signal}` : `the process ended with ${code}`;
        ended();
      });
    });
  } finally {
    clearTimeout(timer);
    watch.stop();
  }
  return done;
}
