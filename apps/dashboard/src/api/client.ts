/** Calls of the scheduler's REST interface. Whatever goes wrong becomes one sentence that a person can read. */
import type { z } from 'zod';
import { t } from '../texts/texts.js';

const base = '/api/v1';

/** A call that failed. `message` is a sentence for people; `where` names the faulty field, if the scheduler did. */
export class CallError extends Error {
  override readonly name = 'CallError';
  constructor(
    message: string,
    /** HTTP status; null when there was no answer. */
    readonly status: number | null,
    readonly code: string | null = null,
    readonly where: string | null = null,
  ) {
    super(message);
  }
}

export async function get<T extends z.ZodType>(path: string, view: T, signal?: AbortSignal): Promise<z.output<T>> {
  return read(path, view, await send(path, { signal: signal ?? null }));
}

/** Posts `body` as it is, of `type`; without a body the call is a bare command. */
export async function post<T extends z.ZodType>(
  path: string,
  view: T,
  body?: { text: string; type: string; idempotencyKey: string },
): Promise<z.output<T>> {
  const content = body && {
    body: body.text,
    headers: { 'content-type': body.type, 'idempotency-key': body.idempotencyKey },
  };
  return read(path, view, await send(path, { method: 'POST', ...content }));
}

/** Posts `body` as JSON. */
export const postJson = <T extends z.ZodType>(path: string, view: T, body: unknown): Promise<z.output<T>> =>
  call('POST', path, view, body);

/** Sends `body` as JSON with `method`. */
export async function call<T extends z.ZodType>(
  method: 'POST' | 'PATCH',
  path: string,
  view: T,
  body: unknown,
): Promise<z.output<T>> {
  const headers = { 'content-type': 'application/json' };
  return read(path, view, await send(path, { method, body: JSON.stringify(body), headers }));
}

/** Uploads a file as it is. */
export async function upload<T extends z.ZodType>(path: string, view: T, file: Blob): Promise<z.output<T>> {
  return read(path, view, await send(path, { method: 'POST', body: file, headers: { 'content-type': file.type } }));
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(base + path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new CallError(t.ui.noAnswer(location.origin), null);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<CallError> {
  const problem: unknown = await response.json().catch(() => null);
  const field = (name: string) => {
    const value = problem !== null && typeof problem === 'object' && name in problem && Reflect.get(problem, name);
    return typeof value === 'string' ? value : null;
  };
  const sentence = field('detail') ?? field('title') ?? t.ui.httpStatus(response.status);
  return new CallError(sentence, response.status, field('code'), field('where'));
}

async function read<T extends z.ZodType>(path: string, view: T, response: Response): Promise<z.output<T>> {
  const answer = view.safeParse(await response.json().catch(() => null));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const place = issue && issue.path.length > 0 ? ` (${issue.path.join('.')}: ${issue.message})` : '';
  throw new CallError(t.ui.unexpectedAnswer(path, place), response.status);
}
