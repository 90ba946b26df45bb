/** What the batch's JSON schema says: which fields there are, what they mean, what they take. Pure. */

export interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** Every schema that may hold at a path of keys; positions in lists are passed over. */
export function schemasAt(schema: Schema, path: readonly string[]): Schema[] {
  const open = unfold(schema);
  const [key, ...rest] = path;
  if (key === undefined) return open;
  return open.flatMap((one) => {
    const below = one.properties?.[key];
    if (below) return schemasAt(below, rest);
    // A key inside an item of a list.
    return one.items ? schemasAt(one.items, path) : [];
  });
}

const unfold = (schema: Schema): Schema[] => [
  ...[schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((one) =>
    one === schema ? [one] : unfold(one),
  ),
];

/** How a field is filled in. */
export type FieldForm =
  | { form: 'group'; properties: Readonly<Record<string, Schema>>; required: readonly string[] }
  | { form: 'groups'; properties: Readonly<Record<string, Schema>>; required: readonly string[] }
  | { form: 'words' }
  | { form: 'choice'; of: readonly string[] }
  | { form: 'flag' }
  | { form: 'number'; minimum: number | undefined; maximum: number | undefined }
  | { form: 'text' };

/** What a schema asks for; of several forms the one that says most. */
export function formOf(schema: Schema): FieldForm {
  const forms = unfold(schema);
  const group = forms.find(({ properties }) => properties);
  if (group) return { form: 'group', properties: group.properties!, required: group.required ?? [] };
  const list = forms.find(({ items }) => items);
  if (list) {
    const item = formOf(list.items!);
    return item.form === 'group' ? { ...item, form: 'groups' } : { form: 'words' };
  }
  const choices = forms.flatMap((one) => one.enum ?? []);
  if (choices.length > 0) return { form: 'choice', of: choices.map(String) };
  if (forms.some(({ type }) => type === 'boolean')) return { form: 'flag' };
  const number = forms.find(({ type }) => type === 'number' || type === 'integer');
  const { minimum, maximum } = number ?? {};
  return number && !forms.some(({ type }) => type === 'string')
    ? { form: 'number', minimum, maximum }
    : { form: 'text' };
}

/** Keys that may stand at a path. */
export function keysAt(schema: Schema, path: readonly string[]): { key: string; about: string }[] {
  const found = new Map<string, string>();
  for (const one of schemasAt(schema, path))
    for (const inner of [one, ...(one.items ? unfold(one.items) : [])])
      for (const [key, { description }] of Object.entries(inner.properties ?? {}))
        if (!found.has(key)) found.set(key, description ?? '');
  return [...found].map(([key, about]) => ({ key, about }));
}

/** Values that a schema names at a path: of an enumeration, or true and false. */
export function valuesAt(schema: Schema, path: readonly string[]): string[] {
  return schemasAt(schema, path).flatMap((one) => {
    const inner = [one, ...(one.items ? unfold(one.items) : [])];
    return inner.flatMap(({ enum: values = [], const: only, type }) => [
      ...values.map(String),
      ...(only === undefined ? [] : [String(only)]),
      ...(type === 'boolean' ? ['true', 'false'] : []),
    ]);
  });
}

export const aboutAt = (schema: Schema, path: readonly string[]): string =>
  schemasAt(schema, path).find(({ description }) => description)?.description ?? '';

/** The keys above the line at `line` (from 0) of a YAML text, by indentation, and the key of the line itself if it has one. */
export function pathAt(
  lines: readonly string[],
  line: number,
  column: number,
): { above: string[]; key: string | null } {
  const current = lines[line] ?? '';
  const keyOf = (text: string) => /^\s*(?:- +)*["']?([\w-]+)["']? *:/.exec(text)?.[1] ?? null;
  const indent = (text: string) => /^\s*(?:- +)*/.exec(text)![0].length;
  let limit = current.trim() === '' ? column : indent(current);
  const above: string[] = [];
  for (let i = line - 1; i >= 0 && limit > 0; i--) {
    const text = lines[i]!;
    if (text.trim() === '' || text.trimStart().startsWith('#')) continue;
    const key = keyOf(text);
    const at = /^\s*/.exec(text)![0].length;
    const keyAt = indent(text);
    if (key !== null && keyAt < limit) {
      above.unshift(key);
      limit = Math.min(at, keyAt);
    }
  }
  return { above, key: keyOf(current) };
}
