/** The REST interface as types, from the OpenAPI document that the scheduler serves (`generated/`). */
import type { z } from 'zod';
import type { paths } from './generated/schema.js';

/** Every path starts with it; the paths of this file do without. */
export const base = '/api/v1';

export type Method = 'get' | 'post' | 'patch';

type Operation<P extends string, M extends Method> = `${typeof base}${P}` extends keyof paths
  ? Extract<paths[`${typeof base}${P}`][M], { responses: object }>
  : never;

/** Paths that know `M`. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: object }
    ? P extends `${typeof base}${infer Rest}`
      ? Rest
      : never
    : never;
}[keyof paths];

type Parameters<P extends string, M extends Method> =
  Operation<P, M> extends { parameters: infer All extends object } ? All : never;

type InPath<P extends string, M extends Method> =
  Parameters<P, M> extends { path: infer Names extends object } ? { path: Names } : { path?: never };

type Optional<T> = { [K in keyof T]?: T[K] | null | undefined };

type InQuery<P extends string, M extends Method> =
  NonNullable<Parameters<P, M> extends { query?: infer Names } ? Names : never> extends infer Names
    ? [Names] extends [never]
      ? { query?: never }
      : { query?: Optional<Names> }
    : never;

/** What a call of `P` takes beside its body. What is null or undefined in the query is left out. */
export type CallOptions<P extends string, M extends Method> = InPath<P, M> &
  InQuery<P, M> & { signal?: AbortSignal | undefined };

type Responses<P extends string, M extends Method> = Operation<P, M> extends { responses: infer All } ? All : never;
type JsonOf<R> = R extends { content: { 'application/json': infer T } } ? T : never;

/** What `P` answers; never where the document does not say. */
export type Answer<P extends string, M extends Method> =
  Responses<P, M> extends infer All
    ? { [S in keyof All & (200 | 201)]: JsonOf<All[S]> }[keyof All & (200 | 201)]
    : never;

/** A schema for the answer: one that expects something else than the document promises does not compile. */
export type ViewOf<P extends string, M extends Method> = [Answer<P, M>] extends [never]
  ? z.ZodType
  : z.ZodType<Answer<P, M>>;
