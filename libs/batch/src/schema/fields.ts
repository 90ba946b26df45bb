/**
 * Building blocks of the schema. The `error` of each is the end of a sentence, "takes …": what is allowed there.
 * `explain.ts` makes the whole sentence, with the place and what was found.
 */
import { z } from 'zod';
import { nearest } from '../document/nearest.js';

export const whole = (from: number, to: number, takes = `a whole number from ${from} to ${to}`) =>
  z.int(takes).min(from, takes).max(to, takes);

export const real = (from: number, to: number, takes = `a number from ${from} to ${to}`) =>
  z.number(takes).min(from, takes).max(to, takes);

export const name = (takes: string) => z.string(takes).trim().min(1, takes);

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `one of ${values.join(', ')}`);

export const listOf = <T extends z.ZodType>(item: T, takes: string) => z.array(item, takes).min(1, takes);

/** An object with these fields and no others; `takes` says what the object is. */
export const fields = <T extends z.core.$ZodLooseShape>(shape: T, takes: string) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? nearest(String(issue.keys?.[0]), Object.keys(shape)) : takes,
  });
