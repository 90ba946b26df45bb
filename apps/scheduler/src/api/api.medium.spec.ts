/** The REST interface as strangers meet it: what it refuses, how it says so, and that nothing is half made. */
import { request, type IncomingHttpHeaders } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { samplerFeature, type AssetView, type EstimateView, type JobView, type Page } from '@atelier/contracts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import { houses, Refusal, TestFarm } from '../testing/test-farm.js';

let database: Awaited<ReturnType<(typeof storeSizes)[number]['fresh']>>;
let farm: TestFarm;
beforeAll(async () => {
  database = await storeSizes[0]!.fresh();
  farm = await TestFarm.start(database.location);
});
afterAll(async () => {
  await farm?.close();
  await database?.dispose();
});

const json = { 'content-type': 'application/json' };
const jobCount = async () => (await farm.get<Page<JobView>>('/jobs')).items.length;

/** What a call is refused with. */
async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  const refusal = await call.then(
    () => expect.fail('the call was not refused'),
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(Refusal);
  return refusal as Refusal;
}

describe('a batch is refused in one sentence and leaves nothing behind', () => {
  const cases: [what: string, body: unknown, status: number, code: string, sentence: RegExp][] = [
    ['that is no JSON', '{', 400, 'invalid_batch', /not valid JSON/],
    ['with an unknown field', houses(1, { promts: ['x'] }), 400, 'invalid_batch', /promts.*prompts/],
    ['of an unknown model', houses(1, { model: 'nowhere' }), 422, 'unknown_model', /nowhere.*postcard/],
    ['of an unknown LoRA', houses(1, { loras: [{ name: 'gone' }] }), 422, 'unknown_model', /gone.*postcard-lcm-lora/],
    ['with an unknown sampler', houses(1, { sampler: 'eulr' }), 400, 'unknown_sampler', /eulr.*euler/],
    ['with a size that is no multiple of 8', houses(1, { size: '130x128' }), 400, 'invalid_batch', /130x128.*multiple/],
    [
      'with 10^12 combinations',
      houses(1, { matrix: { seed: { from: 0, count: 1e6 }, guidance: { from: 1, count: 1e6, step: 0.00001 } } }),
      413,
      'batch_too_large',
      /10,000,000/,
    ],
    [
      'whose pictures would overwrite each other',
      houses(2, { output: { name: 'same' } }),
      422,
      'output_name_collision',
      /output\.name/,
    ],
    [
      'whose prompt file was not uploaded',
      houses(1, { prompts: undefined, promptsFile: { file: '/etc/passwd.txt' } }),
      400,
      'invalid_batch',
      /api\/v1\/assets/,
    ],
    [
      'whose prompt file is not there',
      houses(1, { prompts: undefined, promptsFile: { file: 'a.csv', sha256: '0'.repeat(64) } }),
      404,
      'not_found',
      /promptsFile.*was not uploaded/,
    ],
  ];
  test.each(cases)('%s', async (_, body, status, code, sentence) => {
    const before = await jobCount();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    for (const path of ['/jobs', '/estimates']) {
      const { status: found, problem } = await refusalOf(farm.post(path, text, json));
      expect([found, problem.code]).toEqual([status, code]);
      expect(problem.detail).toMatch(sentence);
      expect(problem.detail).not.toMatch(/\n|node_modules|\.ts:/);
    }
    expect(await jobCount()).toBe(before);
  });

  test('whose prompt file lacks the column', async () => {
    const { sha256 } = await farm.post<AssetView>('/assets', 'Prompt,Class\na red house,building\n', {
      'content-type': 'text/csv',
    });
    const batch = houses(1, { prompts: undefined, promptsFile: { file: 'p.csv', column: 'Text', sha256 } });
    const { problem } = await refusalOf(farm.submit(batch));
    expect(problem).toMatchObject({ code: 'invalid_batch', status: 400 });
    expect(problem.detail).toMatch(/Text.*Prompt/);
  });

  test('that no node could ever run, once a node is known', async () => {
    const agent = await farm.join({ features: [samplerFeature('euler')] });
    const { problem } = await refusalOf(farm.submit(houses(1, { sampler: 'heun' })));
    expect(problem).toMatchObject({ code: 'no_capable_node', status: 422 });
    expect(problem.detail).toMatch(/sampler\.heun/);
    const large = await refusalOf(farm.submit(houses(1, { size: '4096x4096' })));
    expect(large.problem).toMatchObject({ code: 'no_capable_node', status: 422 });
    expect(large.problem.detail).toMatch(/4096x4096.*GB of memory.*has 1\.1 GB/);
    const { id } = await farm.submit(houses(1, { sampler: 'euler' }));
    await farm.completed(id);
    agent.pull();
  });
});

describe('a request is refused with a problem document', () => {
  const cases: [what: string, method: string, path: string, headers: object, body: string | undefined, code: string][] =
    [
      ['for a path that is not there', 'GET', '/nothing', {}, undefined, 'not_found'],
      ['for a method that a path does not have', 'DELETE', '/jobs', {}, undefined, 'not_found'],
      ['for a job that is not there', 'GET', '/jobs/0', {}, undefined, 'not_found'],
      ['for a page of a job that is not there', 'GET', '/jobs/0/results', {}, undefined, 'not_found'],
      ['for an action on a job that is not there', 'POST', '/jobs/0:cancel', {}, undefined, 'not_found'],
      ['for a node that is not there', 'POST', '/nodes/0:drain', {}, undefined, 'not_found'],
      ['for a page size of 0', 'GET', '/jobs?pageSize=0', {}, undefined, 'invalid_request'],
      ['for a page token of nobody', 'GET', '/results?pageToken=x', {}, undefined, 'invalid_request'],
      ['for a state that does not exist', 'GET', '/jobs?state=done', {}, undefined, 'invalid_request'],
      ['for an index that is none', 'GET', '/jobs/0/tasks/x', {}, undefined, 'invalid_request'],
      ['for a hash that is none', 'GET', '/artifacts/x', {}, undefined, 'invalid_request'],
      ['for a path that cannot be decoded', 'GET', '/jobs/%E0%A4%A', {}, undefined, 'invalid_request'],
      ['for a body of another type', 'POST', '/jobs', { 'content-type': 'text/html' }, '<b>', 'unsupported_media'],
      ['for a body without a type', 'POST', '/estimates', {}, undefined, 'unsupported_media'],
      ['for an empty body', 'POST', '/jobs', json, '', 'invalid_request'],
      ['for a body of 17 MB', 'POST', '/jobs', json, ' '.repeat(17 * 2 ** 20), 'payload_too_large'],
      ['for an empty key', 'POST', '/jobs', { ...json, 'idempotency-key': 'k'.repeat(300) }, '{}', 'invalid_request'],
      [
        'for an asset of a type that is not taken',
        'POST',
        '/assets',
        { 'content-type': 'text/html' },
        '<b>',
        'unsupported_media',
      ],
      [
        'for an asset that is not the picture it says',
        'POST',
        '/assets',
        { 'content-type': 'image/png' },
        'x',
        'unsupported_media',
      ],
      ['for an asset that is no text', 'POST', '/assets', { 'content-type': 'text/csv' }, '\xff', 'unsupported_media'],
      ['for a change that is none', 'PATCH', '/jobs/0', json, '{"state":"completed"}', 'invalid_request'],
      ['for a change that is no JSON', 'PATCH', '/jobs/0', json, '{', 'invalid_request'],
    ];
  test.each(cases)('%s', async (_, method, path, headers, body, code) => {
    const answer = await fetch(farm.url(path), {
      method,
      headers: headers as Record<string, string>,
      ...(body === undefined ? {} : { body: body === '\xff' ? Buffer.from(body, 'latin1') : body }),
    });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await answer.json()) as Record<string, string>;
    expect(problem.code, problem.detail).toBe(code);
    expect(problem.status).toBe(answer.status);
    expect(problem.detail).toMatch(/^[A-Z`"].*\.$/s);
    expect(JSON.stringify(problem)).not.toMatch(/node_modules|at Object|\.ts:\d/);
  });
});

describe('an Idempotency-Key', () => {
  test('makes a resend harmless', async () => {
    const headers = { 'idempotency-key': 'once' };
    const first = await farm.submit(houses(3), headers);
    const before = await jobCount();
    expect(await farm.submit(houses(3), headers)).toEqual(first);
    expect(await jobCount()).toBe(before);
  });

  test('makes one job of requests that come at once', async () => {
    const before = await jobCount();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => farm.submit(houses(3), { 'idempotency-key': 'race' })),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await jobCount()).toBe(before + 1);
  });

  test('belongs to one body', async () => {
    await farm.submit(houses(3), { 'idempotency-key': 'other' });
    const { status, problem } = await refusalOf(farm.submit(houses(4), { 'idempotency-key': 'other' }));
    expect([status, problem.code]).toEqual([409, 'idempotency_mismatch']);
  });
});

describe('only requests that are meant for this farm are answered', () => {
  const ask = (headers: Record<string, string>, method = 'GET') =>
    new Promise<{ status: number; headers: IncomingHttpHeaders }>((resolve, reject) => {
      const { hostname, port } = new URL(farm.scheduler.apiUrl);
      const call = request({ hostname, port, path: '/api/v1/farm', method, headers }, (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode!, headers: answer.headers });
      });
      call.once('error', reject);
      call.end();
    });
  const port = () => new URL(farm.scheduler.apiUrl).port;

  test.each(['127.0.0.1', 'localhost', '[::1]'])('Host %s is its own', async (name) => {
    expect((await ask({ host: `${name}:${port()}` })).status).toBe(200);
  });
  test.each(['evil.example', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example:7860'])(
    'Host %s is not',
    async (host) => {
      expect((await ask({ host })).status).toBe(403);
    },
  );
  test.each(['http://evil.example', 'null', 'https://127.0.0.1'])('Origin %s is not', async (origin) => {
    expect((await ask({ host: `127.0.0.1:${port()}`, origin })).status).toBe(403);
    expect((await ask({ host: `127.0.0.1:${port()}`, origin }, 'OPTIONS')).status).toBe(403);
  });

  test('and no other origin is invited', async () => {
    const own = `127.0.0.1:${port()}`;
    const { status, headers } = await ask({ host: own, origin: `http://${own}` });
    expect(status).toBe(200);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['x-powered-by']).toBeUndefined();
  });
});

test('a priority can be changed, a finished job cannot be cancelled', async () => {
  const { id } = await farm.submit(houses(1));
  const change = await fetch(farm.url(`/jobs/${id}`), { method: 'PATCH', headers: json, body: '{"priority":"high"}' });
  expect(((await change.json()) as JobView).priority).toBe(100);
});

test('the edges of an uploaded picture can be looked at, those of a text cannot', async () => {
  const put = async (type: string, body: string | Uint8Array<ArrayBuffer>) => {
    const answer = await fetch(farm.url('/assets'), { method: 'POST', headers: { 'content-type': type }, body });
    return ((await answer.json()) as AssetView).sha256;
  };
  const half = await sharp({ create: { width: 32, height: 16, channels: 3, background: '#000' } })
    .composite([{ input: { create: { width: 16, height: 16, channels: 3, background: '#fff' } }, left: 16, top: 0 }])
    .png()
    .toBuffer();
  const picture = await put('image/png', new Uint8Array(half));
  const white = async (query: string) => {
    const answer = await fetch(farm.url(`/artifacts/${picture}/canny${query}`));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    const pixels = await sharp(await answer.arrayBuffer())
      .raw()
      .toBuffer();
    return pixels.filter((value) => value > 0).length;
  };
  expect(await white('')).toBeGreaterThan(0);
  expect(await white('?low=1000&high=1000')).toBeGreaterThan(0);
  const text = await put('text/plain', 'a house');
  expect(await refusalOf(farm.get(`/artifacts/${text}/canny`))).toMatchObject({
    problem: { code: 'unsupported_media' },
  });
  expect(await refusalOf(farm.get(`/artifacts/${picture}/canny?low=-1`))).toMatchObject({
    problem: { code: 'invalid_request' },
  });
});

test('an estimate is judged by pictures of the same kind, and before there are any by their neighbours', async () => {
  const agent = await farm.join();
  const ask = () => farm.post<EstimateView>('/estimates', JSON.stringify(houses(10, { size: '72x64' })), json);
  const before = await ask();
  expect(before).toMatchObject({ tasks: 10, renderClasses: 1 });
  expect(before.reason).not.toContain('of the same kind');
  await farm.completed((await farm.submit(houses(2, { size: '72x64' }))).id);
  const after = await ask();
  expect(after.reason).toContain('of the same kind');
  expect(after.seconds).toBeGreaterThan(0.1);
  expect(after.seconds).toBeLessThan(1000);
  expect(after.range!.low).toBeLessThan(after.seconds!);
  expect(after.range!.high).toBeGreaterThan(after.seconds!);
  agent.pull();
});

test('a job that cannot make its deadline is told so at once', async () => {
  const agent = await farm.join();
  await farm.completed((await farm.submit(houses(2))).id);
  const late = await farm.submit(houses(100_000, { deadline: '1s' }));
  expect(late.warnings.at(-1)).toContain('cannot make it');
  const detail = await farm.job(late.id);
  expect(detail.deadline).toMatchObject({ feasible: false });
  expect(detail.etaRange!.low).toBeLessThan(detail.etaSeconds!);
  await farm.post(`/jobs/${late.id}:cancel`);
  agent.pull();
});

test('an agent is told what a run should take, once its like was measured', async () => {
  const agent = await farm.join();
  const batch = houses(1, { size: '72x64' });
  await farm.completed((await farm.submit(batch)).id);
  await vi.waitFor(
    async () => {
      await farm.completed((await farm.submit(batch)).id);
      expect(agent.lastAssignment!.predictedStepSeconds).toBeGreaterThan(0);
    },
    { timeout: 30_000 },
  );
  agent.pull();
});

test('a project may be given a share, and stops at its budget', async () => {
  const share = await fetch(farm.url('/projects/small'), {
    method: 'PATCH',
    headers: json,
    body: '{"budgetSeconds":0,"weight":2}',
  });
  expect(await share.json()).toMatchObject({ name: 'small', weight: 2, budgetSeconds: 0, usedSeconds: 0 });
  const agent = await farm.join();
  const { id } = await farm.submit(houses(1, { project: 'small' }));
  expect((await farm.job(id)).waitingRule).toBe('budget');
  await fetch(farm.url('/projects/small'), { method: 'PATCH', headers: json, body: '{"budgetSeconds":null}' });
  await farm.completed(id);
  agent.pull();
});

test('a project cannot be judged where the farm has no safety checker', async () => {
  const change = (safety: unknown) =>
    fetch(farm.url('/projects/small'), { method: 'PATCH', headers: json, body: JSON.stringify({ safety }) });
  const refused = await change('withhold');
  expect([refused.status, await refused.json()]).toMatchObject([409, { code: 'conflict', where: 'safety' }]);
  const unknown = await change('blur');
  expect([unknown.status, await unknown.json()]).toMatchObject([400, { code: 'invalid_request', where: 'safety' }]);
  expect(await (await change('off')).json()).toMatchObject({ name: 'small', safety: 'off' });
});

test('the page calls the interface that is served', async () => {
  const { openapi, paths } = (await (await fetch(`${farm.scheduler.apiUrl}/api/openapi.json`)).json()) as OpenAPIObject;
  const forms = JSON.stringify({ openapi, info: { title: 'Atelier', version: '' }, paths }, withoutProse, 1);
  // It has changed: run this file with -u, then `npm run codegen`, and see what no longer compiles.
  await expect(`${forms}\n`).toMatchFileSnapshot('../../../dashboard/src/api/generated/openapi.json');
});

const withoutProse = (name: string, value: unknown) =>
  name === 'description' && typeof value === 'string' ? undefined : value;

test('the interface describes itself, and tells how it is', async () => {
  const { apiUrl } = farm.scheduler;
  const document = (await (await fetch(`${apiUrl}/api/openapi.json`)).json()) as { paths: Record<string, object> };
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/api/v1/jobs',
      '/api/v1/jobs/{id}:cancel',
      '/api/v1/jobs/{id}/tasks/{index}',
      '/api/v1/farm',
    ]),
  );
  const schema = await farm.get<{ properties: object }>('/schemas/batch.json');
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['kind', 'model', 'matrix']));
  expect((await fetch(`${apiUrl}/healthz`)).status).toBe(200);
  expect((await fetch(`${apiUrl}/readyz`)).status).toBe(200);
  const metrics = await (await fetch(`${apiUrl}/metrics`)).text();
  expect(metrics).toMatch(/^atelier_tasks_total\{outcome="succeeded"\} \d+$/m);
  expect(metrics).toMatch(/^atelier_nodes\{state="offline"\} \d+$/m);
  expect(metrics).toMatch(/^process_cpu_seconds_total/m);
});
