/** Short ways to put a store's queue into a state. */
import { newId, type AttemptKey, type NewJob, type ResultOp, type Store } from '@atelier/store';

/** A job of one render class. */
export function newJob(total: number, change: Partial<NewJob> = {}): NewJob {
  return {
    id: newId(),
    name: 'harbour',
    project: 'postcards',
    submittedBy: 'ada',
    priority: 0,
    model: 'postcard',
    batchText: 'kind: Batch',
    expansionVersion: 1,
    resolved: '{}',
    seedBase: 42,
    promptsSha256: null,
    total,
    warnings: [],
    classes: [{ classId: 0, count: total }],
    assets: [],
    ...change,
  };
}

/** Stores a job and gives its id. */
export async function addJob(store: Store, total: number, change: Partial<NewJob> = {}): Promise<string> {
  const job = newJob(total, change);
  await store.jobs.insert(job);
  return job.id;
}

/** Leases a task of a one-class job; `ordinal` equals the index. */
export async function leaseTask(
  store: Store,
  jobId: string,
  taskIndex: number,
  nodeId = 'node-1',
): Promise<AttemptKey> {
  const key = { attemptId: newId(), jobId, taskIndex };
  const { granted } = await store.dispatch.commit({
    kind: 'lease',
    ...key,
    classId: 0,
    ordinal: taskIndex,
    nodeId,
    slotId: `${nodeId}/0`,
  });
  if (!granted) throw new Error(`task ${taskIndex} of ${jobId} was not granted`);
  return key;
}

/** Leases a task and starts it. */
export async function startTask(store: Store, jobId: string, taskIndex: number, nodeId?: string): Promise<AttemptKey> {
  const key = await leaseTask(store, jobId, taskIndex, nodeId);
  await store.dispatch.commit({ kind: 'started', ...key });
  return key;
}

/** The picture of an attempt: its content differs from attempt to attempt. */
export function resultOf(key: AttemptKey): ResultOp {
  return {
    kind: 'result',
    ...key,
    sha256: `file-${key.attemptId}`,
    pixelSha256: `pixels-${key.taskIndex}`,
    file: `${key.taskIndex}.png`,
    mediaType: 'image/png',
    bytes: 1234,
    width: 128,
    height: 128,
    seed: 42 + key.taskIndex,
    prompt: 'a red lighthouse',
    model: 'postcard',
    withheld: false,
    record: { provider: 'cpu' },
  };
}
