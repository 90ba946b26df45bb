/** The batch's text is the one truth: a form reads fields out of it and writes them back, comments and order stay. Pure. */
import { isMap, parseDocument, type Document } from 'yaml';

export type Path = readonly (string | number)[];

export interface BatchDocument {
  /** Null when the text cannot be read; then the form rests. */
  fields: Readonly<Record<string, unknown>> | null;
  /** Why it cannot be read, and where, in characters from its beginning. */
  fault: { message: string; from: number; to: number } | null;
}

export function readBatch(text: string): BatchDocument {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) return { fields: null, fault: { message: error.message, from: error.pos[0], to: error.pos[1] } };
  const fields: unknown = document.toJS();
  if (fields !== null && (typeof fields !== 'object' || Array.isArray(fields)))
    return { fields: null, fault: { message: '', from: 0, to: text.length } };
  return { fields: (fields ?? {}) as Record<string, unknown>, fault: null };
}

/** Where a new top-level field goes: before those that the format's examples put after it. */
const order = [
  'kind',
  'version',
  'name',
  'project',
  'model',
  'vae',
  'loras',
  'sampler',
  'schedule',
  'steps',
  'guidance',
  'size',
  'initImage',
  'mask',
  'strength',
  'imageGuidance',
  'control',
  'ipAdapters',
  'embeddings',
  'refiner',
  'hires',
  'upscale',
  'frames',
  'prompts',
  'promptsFile',
  'negative',
  'seed',
  'matrix',
  'priority',
];

/** The text with `value` at `path`; undefined takes the field away, with what it leaves empty. */
export function writeField(text: string, path: Path, value: unknown): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return text;
  if (!isMap(document.contents)) (document as Document).contents = document.createNode({});
  if (value === undefined) {
    document.deleteIn(path);
    const parent = path.slice(0, -1);
    const left: unknown = parent.length > 0 ? document.getIn(parent) : null;
    if (isMap(left) && left.items.length === 0) document.deleteIn(parent);
  } else if (document.hasIn(path) || path.length > 1)
    document.setIn(path, document.createNode(value, { flow: isSmall(value) }));
  else insert(document, String(path[0]), value);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

const isSmall = (value: unknown): boolean =>
  (Array.isArray(value) &&
    value.every((item) => typeof item !== 'string' || item.length < 24) &&
    JSON.stringify(value).length < 90) ||
  (value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.values(value).every((item) => typeof item !== 'object'));

function insert(document: Document, key: string, value: unknown): void {
  if (!isMap(document.contents)) return;
  const { items } = document.contents;
  const rank = (name: unknown) => {
    const at = order.indexOf(String(name));
    return at < 0 ? order.length : at;
  };
  const at = items.findIndex((item) => rank(item.key) > rank(key));
  const pair = document.createPair(key, value) as (typeof items)[number];
  if (value !== null && typeof value === 'object' && isSmall(value) && key !== 'prompts') {
    const node = pair.value as { flow?: boolean } | null;
    if (node) node.flow = true;
  }
  items.splice(at < 0 ? items.length : at, 0, pair);
}

/** Characters from the beginning at which the value at a place such as `matrix.seed` or `loras[0].name` lies. */
export function placeInText(text: string, where: string): { from: number; to: number } | null {
  const document = parseDocument(text);
  const path = where
    .split(/[.[\]]+/)
    .filter(Boolean)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return { from: node.range[0], to: Math.max(node.range[0] + 1, node.range[1]) };
  }
  return null;
}
