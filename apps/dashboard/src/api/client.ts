/** Calls of the scheduler's REST interface. Whatever goes wrong becomes one sentence that a person can read. */
import type { z } from 'zod';
import { t } from '../texts/texts.js';
import { base, type CallOptions, type PathOf, type ViewOf } from './interface.js';

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

/** Reads `path`. */
export const get = <P extends PathOf<'get'>, V extends ViewOf<P, 'get'>>(
  path: P,
  options: CallOptions<P, 'get'>,
  view: V,
): Promise<z.output<V>> => read(addressOf(path, options), view, { signal: options.signal ?? null });

/** What a POST sends beside JSON. */
export class Content {
  constructor(
    readonly body: string | Blob,
    readonly headers: Readonly<Record<string, string>>,
  ) {}
}

/** Posts `body` as it is, or as JSON; without a body the call is a bare command. */
export const post = <P extends PathOf<'post'>, V extends ViewOf<P, 'post'>>(
  path: P,
  options: CallOptions<P, 'post'>,
  view: V,
  body?: object,
): Promise<z.output<V>> => read(addressOf(path, options), view, { method: 'POST', ...contentOf(body) });

/** Changes what is named in `body`. */
export const patch = <P extends PathOf<'patch'>, V extends ViewOf<P, 'patch'>>(
  path: P,
  options: CallOptions<P, 'patch'>,
  view: V,
  body: object,
): Promise<z.output<V>> => read(addressOf(path, options), view, { method: 'PATCH', ...contentOf(body) });

const contentOf = (body: object | undefined): RequestInit =>
  body === undefined || body instanceof Content
    ? { ...body }
    : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };

type Scalar = string | number | boolean | null | undefined;
export type Query = Readonly<Record<string, Scalar | readonly Scalar[]>>;

/** `path` with its parameters in place, and its query. */
function addressOf(path: string, { path: names = {}, query = {} }: { path?: object; query?: object }): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(Reflect.get(names, name))),
  );
  return `${filled}${queryText(query as Query)}`;
}

/** `?name=value…`, a list as one parameter each; what is null or undefined is left out. */
export function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, given]) =>
    [given].flat().flatMap((value) => (value === null || value === undefined ? [] : [[name, String(value)]])),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
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

async function read<T extends z.ZodType>(path: string, view: T, init: RequestInit): Promise<z.output<T>> {
  const response = await send(path, init);
  const answer = view.safeParse(await response.json().catch(() => null));
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const place = issue && issue.path.length > 0 ? ` (${issue.path.join('.')}: ${issue.message})` : '';
  throw new CallError(t.ui.unexpectedAnswer(path, place), response.status);
}
