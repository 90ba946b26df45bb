import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FarmEvent, JobView, LoggedEvent } from '@atelier/contracts';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventStream } from './event-stream.js';

const logged = (seq: number): LoggedEvent => ({
  seq,
  at: new Date(0),
  type: 'job.changed',
  jobId: `job-${seq}`,
  nodeId: null,
  taskIndex: null,
  data: {},
});

let log: LoggedEvent[];
let kept: number;
let tell: (event: LoggedEvent) => void;
let happen: (event: FarmEvent) => void;
let lookUps: number;
let watched: boolean[];
let stream: EventStream;
let server: Server;

beforeEach(async () => {
  [log, kept, lookUps] = [[], 1, 0];
  const seen: boolean[] = (watched = []);
  stream = new EventStream({
    log: {
      since: (seq, limit) => Promise.resolve(log.filter((event) => event.seq > seq).slice(0, limit)),
      range: () => Promise.resolve({ first: kept, last: log.length }),
    },
    bus: {
      subscribe: (listener) => {
        tell = listener;
        return () => {};
      },
    },
    views: {
      job: (id) => {
        lookUps++;
        return Promise.resolve({ id } as JobView);
      },
      node: () => null,
      result: () => Promise.resolve(null),
    },
    live: {
      subscribe: (listener) => {
        happen = listener;
        return () => {};
      },
    },
    onWatchers: (on) => seen.push(on),
    logger: pino({ level: 'silent' }),
  });
  server = createServer((request, response) => stream.serve(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterEach(() => {
  stream.close();
  server.close();
});

/** Opens a stream and gathers its ids and types. */
async function read(lastEventId?: string) {
  const seen: string[] = [];
  const request = get({
    port: (server.address() as AddressInfo).port,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  request.on('error', () => {});
  await new Promise<void>((opened) =>
    request.once('response', (response) => {
      let text = '';
      response.on('error', () => {});
      response.on('data', (chunk) => {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) {
          const id = /^id: (\d+)$/m.exec(block)?.[1] ?? '';
          const type = /^event: (.+)$/m.exec(block)?.[1];
          if (id || type) seen.push(`${id} ${type ?? ''}`.trim());
        }
      });
      opened();
    }),
  );
  await expect.poll(() => seen.length).toBeGreaterThan(0);
  return { seen, close: () => request.destroy() };
}

const append = (count: number) => {
  for (let i = 0; i < count; i++) log.push(logged(log.length + 1));
};

test('tells what comes from now on, once for all readers', async () => {
  append(2);
  const [first, second] = [await read(), await read()];
  append(1);
  tell(log[2]!);
  await expect.poll(() => second.seen).toEqual(['2', '3 job.changed']);
  expect(first.seen).toEqual(['2', '3 job.changed']);
  expect(lookUps).toBe(1);
});

test('a reader who was away gets what came meanwhile, in order', async () => {
  append(600);
  const { seen } = await read('1');
  await expect.poll(() => seen.length).toBe(600);
  expect(seen[1]).toBe('2 job.changed');
  expect(seen.at(-1)).toBe('600 job.changed');
});

test('what the bus skips or swaps comes from the log', async () => {
  const { seen } = await read();
  append(4);
  tell(log[3]!);
  tell(log[1]!);
  await expect.poll(() => seen).toEqual(['0', ...[1, 2, 3, 4].map((seq) => `${seq} job.changed`)]);
});

test.each([['0'], ['9'], ['x']])('a reader of %s, which the log does not have, is told to begin afresh', async (id) => {
  append(5);
  kept = 3;
  const { seen } = await read(id);
  await expect.poll(() => seen).toEqual(['5', '5 reset']);
});

test('of many changes of one job the last one is told', async () => {
  log.push(...[1, 2, 3, 4].map((seq) => ({ ...logged(seq), jobId: seq === 2 ? 'other' : 'same' })));
  const { seen } = await read('0');
  await expect.poll(() => seen).toEqual(['0', '2 job.changed', '4 job.changed']);
});

test('what happens right now goes to whoever reads, without an id', async () => {
  const { seen } = await read();
  happen({ type: 'task.dead', jobId: 'j', index: 0, cause: 'x', message: 'y' });
  await expect.poll(() => seen).toEqual(['0', 'task.dead']);
});

test('is watched from the first reader to the last', async () => {
  const [first, second] = [await read(), await read()];
  expect(watched).toEqual([true]);
  first.close();
  second.close();
  await expect.poll(() => watched).toEqual([true, false]);
});
