/** Commands that talk to a farm, as a user runs them, against a server that answers what a test says. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobDetail, ResultView } from '@atelier/contracts/rest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const bin = join(import.meta.dirname, '../bin/atelier.js');

type Route = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let address: string;
let routes: Record<string, Route>;
let folder: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://x').pathname.replace('/api/v1', '');
    const route = routes[`${request.method} ${path}`] ?? problem(404, 'not_found', `there is no ${path}`);
    route(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  routes = {};
  folder = mkdtempSync(join(tmpdir(), 'atelier-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const json =
  (value: unknown, status = 200, type = 'application/json'): Route =>
  (_, response) =>
    response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value));
const problem = (status: number, code: string, detail: string) =>
  json({ status, code, detail }, status, 'application/problem+json');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, ATELIER_SERVER: address, ATELIER_HOME: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  return { child, ended, stderr: () => stderr };
}
const atelier = (...args: string[]) => start(args).ended;

const job: JobDetail = {
  id: 'j1',
  name: 'harbour',
  project: 'default',
  submittedBy: '',
  state: 'running',
  priority: 0,
  counts: { total: 2, pending: 0, running: 2, succeeded: 0, dead: 0, cancelled: 0, withheld: 0 },
  model: 'postcard',
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:01.000Z',
  finishedAt: null,
  etaSeconds: 3,
  etaRange: { low: 2, high: 4 },
  warnings: [],
  batch: '{}',
  seedBase: 0,
  waitingFor: null,
  waitingRule: null,
  queuePosition: null,
  deadline: null,
  wattHours: null,
};
const completed: JobDetail = {
  ...job,
  state: 'completed',
  counts: { ...job.counts, running: 0, succeeded: 2 },
  finishedAt: '2026-01-01T00:00:05.000Z',
};

const pictures = ['first picture', 'second picture'];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const results = pictures.map((content, index): ResultView => ({
  jobId: 'j1',
  index,
  sha256: sha256(content),
  withheld: false,
  pixelSha256: sha256(`pixels of ${content}`),
  file: `${index}.png`,
  mediaType: 'image/png',
  bytes: content.length,
  width: 8,
  height: 8,
  seed: 7 + index,
  prompt: 'a house',
  model: 'postcard',
  starred: false,
  tags: [],
  nodeId: 'n1',
  attemptId: `a${index}`,
  createdAt: '2026-01-01T00:00:03.000Z',
}));
const manifest = results.map(({ jobId, index, file, sha256, pixelSha256, seed }) => ({
  jobId,
  index,
  file,
  sha256,
  pixelSha256,
  seed,
}));

/** Pages of one result each, and the pictures themselves. */
function servePictures() {
  routes['GET /jobs/j1/results'] = (request, response) => {
    const page = Number(new URL(request.url!, 'http://x').searchParams.get('pageToken') ?? 0);
    const nextPageToken = page + 1 < results.length ? String(page + 1) : null;
    json({ items: [results[page]], nextPageToken })(request, response);
  };
  pictures.forEach((content) => {
    routes[`GET /artifacts/${sha256(content)}/content`] = (_, response) => response.end(content);
  });
  routes['GET /jobs/j1/axes'] = json({ axes: [], sheets: [] });
}

/** An event stream that sends `events` at once and stays open. */
const stream =
  (...events: object[]): Route =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    events.forEach((event, i) => response.write(`id: ${i + 1}\ndata: ${JSON.stringify(event)}\n\n`));
  };

describe('answers', () => {
  test('a list is read page by page, as JSON and as a table', async () => {
    routes['GET /jobs'] = json({ items: [job, completed], nextPageToken: null });
    const asJson = await atelier('jobs', '--json');
    expect(JSON.parse(asJson.stdout)).toEqual([job, completed]);
    const { stdout, code } = await atelier('jobs');
    expect(stdout).toMatch(/^ID +NAME +STATE.*\nj1 +harbour +running +0\/2 .*\nj1 +harbour +completed +2\/2 /);
    expect([code, asJson.code, asJson.stderr]).toEqual([0, 0, '']);
  });

  test('a refusal is the sentence of its problem document', async () => {
    expect(await atelier('job', 'j9')).toEqual({ code: 2, stdout: '', stderr: 'error: there is no /jobs/j9\n' });
    routes['POST /jobs/j1:cancel'] = problem(503, 'unavailable', 'the scheduler is starting');
    expect(await atelier('cancel', 'j1')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: the scheduler is starting\n',
    });
  });

  test('something else than a farm is named as such', async () => {
    routes['GET /jobs'] = (_, response) => response.end('<html>');
    expect((await atelier('jobs')).stderr).toBe(`error: what answers at ${address} is not a farm of Atelier\n`);
    const nobody = await start(['jobs'], { ATELIER_SERVER: 'http://127.0.0.1:65533' }).ended;
    expect(nobody.stderr).toMatch(/^error: no farm answers at http:\/\/127\.0\.0\.1:65533 \(ECONNREFUSED\): start one/);
    expect(nobody.code).toBe(1);
  });
});

describe('a watched job', () => {
  test('is followed across a broken stream, from behind the last event', async () => {
    const asked: (string | undefined)[] = [];
    routes['GET /jobs/j1'] = json(job);
    routes['GET /events'] = (request, response) => {
      asked.push(request.headers['last-event-id'] as string | undefined);
      if (asked.length === 1) {
        stream({ type: 'task.succeeded', result: results[0] })(request, response);
        setTimeout(() => response.destroy(), 100);
      } else {
        stream({ type: 'job.changed', job: completed })(request, response);
      }
    };
    const { code, stdout } = await atelier('job', 'j1', '--watch', '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; job?: { state: string } });
    expect(lines.map(({ type, job }) => job?.state ?? type)).toEqual([
      'running',
      'task.succeeded',
      'running',
      'completed',
    ]);
    expect(asked).toEqual([undefined, '1']);
    expect(code).toBe(0);
  });

  test('that fails ends with exit code 1 and says what died', async () => {
    routes['GET /jobs/j1'] = json(job);
    const failed = { ...completed, state: 'failed', counts: { ...job.counts, running: 0, succeeded: 1, dead: 1 } };
    routes['GET /events'] = stream(
      { type: 'task.dead', jobId: 'j1', index: 1, cause: 'load_failed', message: 'the checkpoint is cut off' },
      { type: 'job.changed', job: failed },
    );
    const { code, stdout, stderr } = await atelier('job', 'j1', '--watch');
    expect(stderr).toContain('task 1 is dead: the checkpoint is cut off');
    expect(stdout).toBe('harbour (j1) failed: 1 of 2 pictures in 4.0 s, 1 task dead\n');
    expect(code).toBe(1);
  });

  test('goes on without its watcher after Ctrl-C', async () => {
    routes['GET /jobs/j1'] = json(job);
    const { child, ended } = start(['job', 'j1', '--watch']);
    routes['GET /events'] = (request, response) => {
      stream()(request, response);
      setTimeout(() => child.kill('SIGINT'), 500);
    };
    const { code, stderr } = await ended;
    expect(stderr).toContain('Detached; the job goes on.');
    expect(code).toBe(1);
  });
});

describe('a download', () => {
  const read = () => JSON.parse(readFileSync(join(folder, 'out/manifest.json'), 'utf8')) as unknown;

  test('brings every picture and a manifest, then only what is missing', async () => {
    servePictures();
    routes['GET /jobs/j1'] = json(completed);
    const first = await atelier('download', 'j1', '--output', join(folder, 'out'));
    expect(first.code, first.stderr).toBe(0);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['0.png', '1.png', 'manifest.json']);
    expect(readFileSync(join(folder, 'out/1.png'), 'utf8')).toBe('second picture');
    expect(read()).toEqual(manifest);

    delete routes[`GET /artifacts/${sha256('first picture')}/content`];
    writeFileSync(join(folder, 'out/1.png'), 'damaged on disk');
    const second = await atelier('download', 'j1', '--output', join(folder, 'out'), '--json');
    expect(JSON.parse(second.stdout)).toEqual(manifest);
    expect(readFileSync(join(folder, 'out/1.png'), 'utf8')).toBe('second picture');
  });

  test('with --watch brings pictures as they come', async () => {
    servePictures();
    routes['GET /jobs/j1'] = json(job);
    routes['GET /events'] = stream(
      { type: 'task.succeeded', result: results[1] },
      { type: 'task.succeeded', result: { ...results[0], jobId: 'another' } },
      { type: 'job.changed', job: completed },
    );
    const { code, stderr } = await atelier('download', 'j1', '--watch', '--output', join(folder, 'out'));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('2/2 pictures');
    expect(read()).toEqual(manifest);
  });

  test('never overwrites a picture that is not its own', async () => {
    servePictures();
    routes['GET /jobs/j1'] = json(completed);
    writeFileSync(join(folder, '0.png'), 'somebody’s picture');
    const { code, stderr } = await atelier('download', 'j1', '--output', folder);
    expect(stderr).toBe(`error: ${join(folder, '0.png')} exists and is another picture; take another --output\n`);
    expect(code).toBe(2);
    expect(readFileSync(join(folder, '0.png'), 'utf8')).toBe('somebody’s picture');
  });

  test('brings contact sheets that the batch asks for, and overwrites no other', async () => {
    servePictures();
    routes['GET /jobs/j1'] = json(completed);
    const sheet = { file: 'sheet.png', x: 'seed', y: 'steps', at: { prompt: 2 } };
    routes['GET /jobs/j1/axes'] = json({ axes: [], sheets: [sheet] });
    routes['GET /jobs/j1/sheet'] = ({ url }, response) => response.end(new URL(url!, 'http://x').search);
    const out = join(folder, 'out');
    expect((await atelier('download', 'j1', '--output', out)).code).toBe(0);
    expect(readFileSync(join(out, 'sheet.png'), 'utf8')).toBe('?x=seed&y=steps&at=prompt%3A2');
    expect((await atelier('download', 'j1', '--output', out)).code).toBe(0);

    writeFileSync(join(folder, 'sheet.png'), 'somebody’s sheet');
    const { code, stderr } = await atelier('download', 'j1', '--output', folder);
    expect([code, stderr]).toEqual([2, expect.stringContaining('sheet.png exists and is not of this job')]);
  });

  test('takes no damaged picture and no name that leaves its folder', async () => {
    servePictures();
    routes['GET /jobs/j1'] = json(completed);
    routes[`GET /artifacts/${sha256('second picture')}/content`] = (_, response) => response.end('something else');
    const damaged = await atelier('download', 'j1', '--output', join(folder, 'out'));
    expect(damaged.stderr).toBe('error: picture 1 of job j1 arrived damaged; download it again\n');
    expect([damaged.code, readdirSync(join(folder, 'out'))]).toEqual([1, ['0.png']]);

    routes['GET /jobs/j1/results'] = json({ items: [{ ...results[0], file: '../0.png' }], nextPageToken: null });
    const escaping = await atelier('download', 'j1', '--output', join(folder, 'out'));
    expect(escaping.stderr).toMatch(/calls picture 0 "\.\.\/0\.png", which is no name for a file/);
  });
});
