import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { Content, get, patch, post, queryText } from './client.js';

const sent = vi.fn<(address: string, init: RequestInit) => Promise<Response>>(() => Promise.resolve(Response.json({})));
beforeEach(() => void vi.stubGlobal('fetch', sent));
afterEach(() => void (vi.unstubAllGlobals(), sent.mockClear()));

const view = z.any();

it('puts parameters into the path and the query, and leaves out what is not given', async () => {
  await get(
    '/jobs/{id}/tasks',
    { path: { id: 'a/b' }, query: { state: ['dead', 'cancelled'], pageToken: null } },
    view,
  );
  expect(sent.mock.calls[0]![0]).toBe('/api/v1/jobs/a%2Fb/tasks?state=dead&state=cancelled');
  expect(queryText({ text: 'a & b', seed: undefined })).toBe('?text=a+%26+b');
  expect(queryText({})).toBe('');
});

it('sends JSON, text as it is, or nothing', async () => {
  await patch('/nodes/{id}', { path: { id: 'n' } }, view, { paused: true });
  await post('/jobs', {}, view, new Content('kind: Batch', { 'content-type': 'application/yaml' }));
  await post('/nodes/{id}:drain', { path: { id: 'n' }, query: { mode: 'now' } }, view);
  expect(sent.mock.calls.map(([address, { method, body, headers }]) => [method, address, body, headers])).toEqual([
    ['PATCH', '/api/v1/nodes/n', '{"paused":true}', { 'content-type': 'application/json' }],
    ['POST', '/api/v1/jobs', 'kind: Batch', { 'content-type': 'application/yaml' }],
    ['POST', '/api/v1/nodes/n:drain?mode=now', undefined, undefined],
  ]);
});

it('compiles no path, parameter or answer that the OpenAPI document does not have', () => {
  // @ts-expect-error: there is no such path
  void (() => get('/job', {}, view));
  // @ts-expect-error: the path has a parameter
  void (() => get('/jobs/{id}', {}, view));
  // @ts-expect-error: no such state
  void (() => get('/jobs', { query: { state: ['asleep'] } }, view));
  // @ts-expect-error: a farm has no such field
  void (() => get('/farm', {}, z.object({ weather: z.string() })));
});
