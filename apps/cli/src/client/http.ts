/** HTTP to a farm: what it refuses becomes an AtelierError, what else goes wrong a sentence. */
import { AtelierError, errorCatalogue, type Problem } from '@atelier/contracts';
import { Failure, UsageError } from '../errors.js';

/** Longest wait for the head of an answer. */
const answerTimeoutMs = 60_000;

export interface Server {
  /** Without a slash at its end. */
  readonly address: string;
  readonly apiKey?: string | undefined;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH';
  /** Undefined values are left out. */
  query?: Record<string, string | number | undefined>;
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Calls `path` under `/api/v1`. Throws unless the answer is a success. */
export async function call(server: Server, path: string, options: Call = {}): Promise<Response> {
  const { method = 'GET', query = {}, body, headers = {}, signal } = options;
  const url = new URL(`${server.address}/api/v1${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));

  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), answerTimeoutMs);
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...(server.apiKey ? { authorization: `Bearer ${server.apiKey}` } : {}) },
      ...(body === undefined ? {} : { body }),
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
    if (!answer.ok) throw await refusalOf(answer, `${method} ${url.pathname}`, server);
    return answer;
  } catch (error) {
    if (signal?.aborted || isOurs(error)) throw error;
    throw unreachable(server, timeout.signal.aborted ? `no answer in ${answerTimeoutMs / 1000} s` : causeOf(error));
  } finally {
    clearTimeout(timer);
  }
}

/** As `call`, for an answer in JSON. */
export async function callJson<T>(server: Server, path: string, options: Call = {}): Promise<T> {
  const answer = await call(server, path, options);
  if (!/\bjson\b/.test(answer.headers.get('content-type') ?? ''))
    throw new Failure(`what answers at ${server.address} is not a farm of Atelier`);
  return (await answer.json()) as T;
}

/** The network's reason, from inside fetch's own error. */
export function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = cause as { code?: string; message?: string };
  return code ?? message ?? String(cause);
}

function unreachable(server: Server, reason: string): Failure {
  return new Failure(
    `no farm answers at ${server.address} (${reason}): start one with "atelier up", or set ATELIER_SERVER`,
  );
}

const isOurs = (error: unknown) =>
  error instanceof AtelierError || error instanceof Failure || error instanceof UsageError;

async function refusalOf(answer: Response, what: string, server: Server): Promise<Error> {
  const problem = (await answer.json().catch(() => null)) as Partial<Problem> | null;
  if (typeof problem?.detail !== 'string')
    return new Failure(`${server.address} answered ${what} with ${answer.status}, and not as a farm of Atelier does`);
  if (problem.code !== undefined && problem.code in errorCatalogue)
    return new AtelierError(problem.code, problem.detail, problem.where);
  return answer.status < 500 ? new UsageError(problem.detail) : new Failure(problem.detail);
}
