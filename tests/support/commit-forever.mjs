// A scheduler reduced to its promise: renders the tasks of one job as fast as the store takes them and writes the index of
// each to stdout once its result is acknowledged. Runs until it is killed, or its database is.
// node commit-forever.mjs '{"dataDir": …}' or '{"databaseUrl": …}', after the store was built.
import { writeSync } from 'node:fs';
import { newId, openStore } from '@atelier/store';

const TASKS_AT_ONCE = 16;
const store = await openStore(JSON.parse(process.argv[2]));
await store.leadership.acquire(`process ${process.pid}`);

const total = 1_000_000;
const job = {
  id: newId(),
  name: 'for ever',
  project: 'tests',
  submittedBy: 'ada',
  priority: 0,
  model: 'none',
  batchText: '',
  resolved: '{}',
};
const rest = { expansionVersion: 1, seedBase: 0, promptsSha256: null, total, warnings: [], assets: [] };
await store.jobs.insert({ ...job, ...rest, classes: [{ classId: 0, count: total }] });
writeSync(1, `${job.id}\n`);

async function render(taskIndex) {
  const key = { attemptId: newId(), jobId: job.id, taskIndex };
  const { granted } = await store.dispatch.commit({
    kind: 'lease',
    ...key,
    classId: 0,
    ordinal: taskIndex,
    nodeId: 'node',
    slotId: 'slot',
  });
  if (!granted) throw new Error(`task ${taskIndex} was not granted`);
  await store.dispatch.commit({ kind: 'started', ...key });
  const picture = {
    pixelSha256: 'p',
    file: 'f',
    mediaType: 'image/png',
    bytes: 1,
    width: 8,
    height: 8,
    seed: 1,
    prompt: '',
    model: 'none',
    withheld: false,
  };
  await store.dispatch.commit({ kind: 'result', ...key, sha256: key.attemptId, ...picture, record: {} });
  writeSync(1, `${taskIndex}\n`);
}

let next = 0;
await Promise.all(
  Array.from({ length: TASKS_AT_ONCE }, async () => {
    for (;;) await render(next++);
  }),
);
