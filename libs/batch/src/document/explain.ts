/** Turns what zod found into one sentence: the place, what stands there, and what is allowed. */
import { AtelierError } from '@atelier/contracts';
import type { z } from 'zod';
import { samplerSpellings } from '../schema/samplers.js';
import { fault, placeOf, show } from './faults.js';
import { nearest } from './nearest.js';

interface Finding {
  path: PropertyKey[];
  /** What the schema allows there, or the hint after an unknown key. */
  takes: string;
  unknownKey?: string;
}

/** The error for a `document` that zod refused. A misspelt key is told first: it explains most of the rest. */
export function explain(error: z.ZodError, document: unknown): AtelierError {
  const findings = error.issues.flatMap((issue) => findingsOf(issue));
  const finding = findings.find(({ unknownKey }) => unknownKey !== undefined) ?? findings[0]!;
  const where = placeOf(finding.path);
  if (finding.unknownKey !== undefined) {
    return fault(placeOf([...finding.path, finding.unknownKey]), `is not a field of a batch: ${finding.takes}`);
  }
  const value = valueAt(document, finding.path);
  if (where === '') return new AtelierError('invalid_batch', `A batch is ${finding.takes}, not ${show(value)}.`);
  if (value === undefined) return fault(where, `is missing; it takes ${finding.takes}.`);
  if (finding.path.findLast((key) => typeof key === 'string') === 'sampler' && typeof value === 'string') {
    const hint = nearest(value, [...samplerSpellings.keys()]);
    const meant = hint.startsWith('did you mean') ? `; ${hint}` : '.';
    return new AtelierError('unknown_sampler', `${where} is ${show(value)}; it takes ${finding.takes}${meant}`, where);
  }
  return fault(where, `is ${show(value)}; it takes ${finding.takes}.`);
}

function findingsOf(issue: z.core.$ZodIssue, above: PropertyKey[] = []): Finding[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') return [{ path, takes: issue.message, unknownKey: issue.keys[0]! }];
  if (issue.code !== 'invalid_union') return [{ path, takes: issue.message }];
  // The branch that was meant is the one whose own kind (list, map, ...) fits.
  const meant = issue.errors.find(
    ([first]) => first !== undefined && (first.path.length > 0 || first.code === 'unrecognized_keys'),
  );
  return meant ? meant.flatMap((inner) => findingsOf(inner, path)) : [{ path, takes: issue.message }];
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], document);
}
