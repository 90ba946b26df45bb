/** What requests may say in paths and queries, and how their bodies are read. */
import type { Request } from 'express';
import { AtelierError, jobStates, taskStates } from '@atelier/contracts';
import { z } from 'zod';

/** None, one or several: `?state=running&state=queued`. */
const several = <T extends z.ZodType>(value: T) =>
  z.preprocess((given) => (given === undefined ? [] : [given].flat()), z.array(value));

const paging = {
  pageSize: z.coerce.number().int().min(1).max(1000).default(100).describe('Most items of a page.'),
  pageToken: z.string().max(500).optional().describe('`nextPageToken` of the page before.'),
};

export const PageQuery = z.object(paging);
export type PageQuery = z.infer<typeof PageQuery>;

export const JobsQuery = z.object({
  ...paging,
  state: several(z.enum(jobStates)),
  project: z.string().optional(),
  text: z.string().max(200).optional().describe('Part of name, project or model.'),
});
export type JobsQuery = z.infer<typeof JobsQuery>;

export const TasksQuery = z.object({ ...paging, state: several(z.enum(taskStates)) });
export type TasksQuery = z.infer<typeof TasksQuery>;

export const TaskIndex = z.coerce.number('a task is named by its index, a whole number from 0').int().min(0);
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a file is named by its SHA-256 in hex');

export const toPageRequest = ({ pageSize: size, pageToken: token }: PageQuery) => ({
  size,
  ...(token === undefined ? {} : { token }),
});

const formats: Readonly<Record<string, 'json' | 'yaml'>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'text/yaml': 'yaml',
  'text/x-yaml': 'yaml',
};

/** Media types of bodies that are read as text. */
export const textMediaTypes = Object.keys(formats);
export const maximumTextBytes = 16 * 2 ** 20;

/** The text of a body and its format. Throws `unsupported_media`, or `invalid_request` when there is none. */
export function textBody({ body, headers }: Request): { text: string; format: 'json' | 'yaml' } {
  const mediaType = headers['content-type']?.split(';')[0]!.trim().toLowerCase() ?? '';
  const format = formats[mediaType];
  if (!format)
    throw new AtelierError(
      'unsupported_media',
      `The Content-Type "${mediaType}" is not read here; send application/yaml or application/json.`,
    );
  if (typeof body !== 'string' || body === '') throw new AtelierError('invalid_request', 'The body is empty.');
  return { text: body, format };
}

/** A JSON body that follows `schema`. Throws `invalid_request`. */
export function jsonBody<T extends z.ZodType>(request: Request, schema: T): z.output<T> {
  const { text, format } = textBody(request);
  if (format !== 'json') throw new AtelierError('unsupported_media', 'Only application/json is read here.');
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new AtelierError('invalid_request', `The body is not valid JSON: ${(error as Error).message}.`);
  }
  const parsed = schema.safeParse(document);
  if (!parsed.success) throw invalid(parsed.error.issues);
  return parsed.data;
}

/** The error for what a schema refused: the first finding, with its place. */
export function invalid(issues: readonly { message: string; path?: readonly unknown[] | undefined }[]): AtelierError {
  const [{ message, path = [] } = { message: 'it is malformed' }] = issues;
  const where = path
    .map((part) => String(typeof part === 'object' && part ? Reflect.get(part, 'key') : part))
    .join('.');
  return new AtelierError(
    'invalid_request',
    `The request is malformed${where && ` at ${where}`}: ${message}.`,
    where || undefined,
  );
}

/** The `Idempotency-Key` header. Throws `invalid_request` when it is too long. */
export function idempotencyKeyOf({ headers }: Request): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || key === '' || key.length > 255)
    throw new AtelierError('invalid_request', 'The Idempotency-Key must have 1 to 255 characters.');
  return key;
}

/** The `Atelier-User` header; undefined where nobody says who he is. Throws `invalid_request` when it is no name. */
export function userOf({ headers }: Request): string | undefined {
  const user = headers['atelier-user'];
  if (user === undefined) return undefined;
  if (typeof user !== 'string' || !/^[\w.@+-]{1,100}$/.test(user))
    throw new AtelierError(
      'invalid_request',
      'Atelier-User is the name of a user: 1 to 100 letters, digits or any of . _ @ + -.',
    );
  return user;
}
