import type { PictureFilter } from './types.js';

/** A WHERE clause over `results r LEFT JOIN picture_marks m` and its values. Marks are joined only where `marks` is true. */
export interface Condition {
  sql: string;
  values: unknown[];
  marks: boolean;
}

/** The condition for `filter`. Values are numbered from 1. */
export function conditionOf(filter: PictureFilter): Condition {
  const parts = ['r.sha256 IS NOT NULL'];
  const values: unknown[] = [];
  const add = (sql: (value: string) => string, value: unknown) => {
    values.push(value);
    parts.push(sql(`$${values.length}`));
  };
  for (const { word, wanted } of wordsOf(filter.text ?? ''))
    add((value) => `r.prompt ${wanted ? '' : 'NOT '}ILIKE ${value}`, contains(word));
  if (filter.model) add((value) => `r.model ILIKE ${value}`, contains(filter.model));
  if (filter.seed !== undefined) add((value) => `r.seed = ${value}`, filter.seed);
  if (filter.job) add((value) => `r.job_id IN (${named('jobs', value)})`, contains(filter.job));
  if (filter.node) add((value) => `r.node_id IN (${named('nodes', value)})`, contains(filter.node));
  if (filter.from) add((value) => `r.created_at >= ${value}`, filter.from);
  if (filter.to) add((value) => `r.created_at <= ${value}`, filter.to);
  const before = parts.length;
  if (filter.starred) parts.push('m.starred');
  if (filter.tag) add((value) => `m.tags @> ARRAY[${value}]::text[]`, filter.tag);
  return { sql: parts.join(' AND '), values, marks: parts.length > before };
}

const named = (table: string, value: string) =>
  `SELECT id FROM ${table} WHERE id ILIKE ${value} OR name ILIKE ${value}`;

/** Part of a text, with what LIKE gives a meaning taken as it stands. */
const contains = (text: string) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;

/** `red -boat "by the sea"`: words in quotes stand together, a dash before a word unwants it. */
export function wordsOf(text: string): { word: string; wanted: boolean }[] {
  return [...text.matchAll(/(-?)(?:"([^"]+)"|([^\s"]+))/g)].map(([, dash, quoted, plain]) => ({
    word: quoted ?? plain!,
    wanted: dash === '',
  }));
}
