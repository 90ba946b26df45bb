/** Serves a simulated farm and the built page the way a scheduler does: REST, events, files, and the strict policy. */
import type { FarmEvent, Page } from '@atelier/contracts/rest';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fakeModels, type FakeFarm, type FakeJob } from './fake-farm.js';

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface FakeApi {
  url: string;
  /** Breaks every open event stream and refuses new calls until `restore`. */
  interrupt(): void;
  restore(): void;
  close(): Promise<void>;
}

export async function serveFakeFarm(farm: FakeFarm, pageDir: string, port = 0): Promise<FakeApi> {
  let down = false;
  const server = createServer((request, response) => {
    if (down) return void request.socket.destroy();
    void answer(farm, pageDir, request, response);
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    interrupt() {
      down = true;
      server.closeAllConnections();
    },
    restore: () => (down = false),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(farm: FakeFarm, pageDir: string, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://page');
  if (!url.pathname.startsWith('/api/v1/')) return file(pageDir, url.pathname, response);
  const path = url.pathname.slice('/api/v1'.length);
  if (path === '/events') return events(farm, response);
  const picture = /^\/artifacts\/([0-9a-f]{64})\/(content|thumbnail)$/.exec(path);
  if (picture) {
    const bytes = farm.files.get(picture[1]!);
    response.writeHead(bytes ? 200 : 404, { 'content-type': 'image/png', 'cache-control': 'max-age=31536000' });
    return response.end(bytes);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { status, body } = rest(
    farm,
    request.method ?? 'GET',
    path,
    url.searchParams,
    Buffer.concat(chunks).toString(),
  );
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

interface Answer {
  status: number;
  body: unknown;
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const problem = (status: number, code: string, detail: string, where?: string): Answer => ({
  status,
  body: { type: `urn:atelier:error:${code}`, title: detail, status, detail, code, where },
});

function rest(farm: FakeFarm, method: string, path: string, query: URLSearchParams, body: string): Answer {
  if (path === '/farm') return ok(farm.farm());
  if (path === '/models') return ok(page(fakeModels, query));
  if (path === '/nodes') return ok(page(farm.nodes, query));
  if (path === '/results') return ok(page(farm.results, query));
  if (path.startsWith('/gallery')) return gallery(farm, path, query);
  if (path === '/farm/history') return ok(history(farm));
  if (path === '/schemas/batch.json') return ok({ type: 'object', properties: { model: { type: 'string' } } });
  if (path === '/estimates') return estimate(body);
  if (path === '/jobs' && method === 'POST') return submit(farm, body);
  if (path === '/jobs') {
    const states = query.getAll('state');
    const jobs = [...farm.jobs.values()]
      .map(({ detail }) => detail)
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    return ok(
      page(
        jobs.filter(({ state }) => states.length === 0 || states.includes(state)),
        query,
      ),
    );
  }
  const node = /^\/nodes\/([^/:]+):(drain|undrain)$/.exec(path);
  if (node) {
    const found = farm.nodes.find(({ id }) => id === node[1]);
    if (!found) return problem(404, 'not_found', `There is no node ${node[1]}.`);
    found.state = node[2] === 'undrain' ? 'ready' : found.slots.some((s) => s.progress[0]) ? 'draining' : 'drained';
    farm.emit({ type: 'node.changed', node: found });
    return ok(found);
  }
  const job = /^\/jobs\/([^/:]+)(.*)$/.exec(path);
  const found = job && farm.jobs.get(job[1]!);
  return found
    ? ofJob(farm, found, job[2]!, query)
    : problem(404, 'not_found', `There is nothing at ${path}: check the id.`);
}

function ofJob(farm: FakeFarm, job: FakeJob, rest: string, query: URLSearchParams): Answer {
  if (rest === '') return ok(job.detail);
  const action = /^:(pause|resume|cancel|retry)$/.exec(rest);
  if (action) return ok(farm.act(job, action[1] as 'pause'));
  if (rest === '/results')
    return ok(
      page(
        job.tasks.flatMap(({ result }) => result ?? []),
        query,
      ),
    );
  if (rest === '/tasks')
    return ok(
      page(
        job.tasks.filter(({ state }) => query.getAll('state').includes(state)),
        query,
      ),
    );
  if (rest === '/failures') return ok({ groups: failures(job) });
  const task = /^\/tasks\/(\d+)$/.exec(rest);
  const found = task && job.tasks[Number(task[1])];
  return found ? ok(found) : problem(404, 'not_found', `The job ${job.detail.name} has no task ${task?.[1] ?? rest}.`);
}

function failures({ tasks }: FakeJob) {
  const dead = tasks.filter(({ state }) => state === 'dead');
  if (dead.length === 0) return [];
  const { cause, message, nodeId } = dead[0]!.attempts.at(-1)!;
  return [{ cause, message, tasks: dead.length, indices: dead.map(({ index }) => index), nodes: [nodeId] }];
}

/** Prompts are searched by one text, as it stands. */
function gallery(farm: FakeFarm, path: string, query: URLSearchParams): Answer {
  const to = query.get('to') ?? new Date().toISOString();
  const found = farm.results.filter(
    ({ createdAt, prompt }) => createdAt <= to && prompt.includes(query.get('text') ?? ''),
  );
  if (path === '/gallery/count') return ok({ count: found.length, at: to });
  if (path === '/gallery/tags') return ok({ items: [] });
  const offset = Number(query.get('offset') ?? 0);
  return ok({ offset, items: found.slice(offset, offset + Number(query.get('size') ?? 100)) });
}

const history = (farm: FakeFarm) => ({
  from: new Date(Date.now() - 3_600_000).toISOString(),
  to: new Date().toISOString(),
  picturesPerMinute: [...Array<number>(59).fill(0), farm.results.length],
  deadTasks: 0,
  changes: [],
});

const fieldOf = (text: string, name: string) => new RegExp(`^${name}: *(.+)$`, 'm').exec(text)?.[1];

function refusalOf(text: string): Answer | null {
  const model = fieldOf(text, 'model');
  if (model === 'postcard') return null;
  return problem(422, 'unknown_model', `There is no model "${model}"; there is postcard.`, 'model');
}

function estimate(text: string): Answer {
  const tasks = Number(/count: (\d+)/.exec(text)?.[1] ?? 1);
  return (
    refusalOf(text) ??
    ok({
      tasks,
      renderClasses: 1,
      seconds: tasks * 2,
      range: { low: tasks, high: tasks * 3 },
      wattHours: null,
      reason: 'so it is here',
      warnings: [],
    })
  );
}

function submit(farm: FakeFarm, text: string): Answer {
  const field = (name: string) => fieldOf(text, name);
  const refusal = refusalOf(text);
  if (refusal) return refusal;
  return ok(farm.addJob(field('name') ?? 'unnamed', Number(/count: (\d+)/.exec(text)?.[1] ?? 1)).detail);
}

function page<T>(all: readonly T[], query: URLSearchParams): Page<T> {
  const from = Number(query.get('pageToken') ?? 0);
  const to = from + Number(query.get('pageSize') ?? 100);
  return { items: all.slice(from, to), nextPageToken: to < all.length ? String(to) : null };
}

function events(farm: FakeFarm, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 500\n\n');
  let seq = 0;
  const listener = (event: FarmEvent) => {
    const id = event.type === 'progress' ? '' : `id: ${(seq += 1)}\n`;
    response.write(`${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  farm.listeners.add(listener);
  response.on('close', () => farm.listeners.delete(listener));
}

function file(pageDir: string, path: string, response: ServerResponse): void {
  const wanted = join(pageDir, normalize(path));
  const found = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(pageDir, 'index.html');
  response.writeHead(200, {
    'content-type': types[extname(found)] ?? 'application/octet-stream',
    'content-security-policy': policy,
  });
  response.end(readFileSync(found));
}
