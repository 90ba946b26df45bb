/** File names of a job's pictures, and the proof that no two are equal: by reasoning on the fields, not by listing. */
import { AtelierError } from '@atelier/contracts';
import { show } from '../document/faults.js';
import type { Axis } from '../matrix/axes.js';
import type { Combinations } from '../matrix/combinations.js';
import { fieldText, indexWidth, type NamedTask } from './field-text.js';
import { legible } from './legible.js';
import { isUnnamed, unfitCharacter, type NameField, type NamePart } from './name-template.js';

/** A job as far as its file names depend on it. */
export interface NamedJob {
  parts: readonly NamePart[];
  /** With its dot. */
  ending: string;
  total: number;
  promptCount: number;
  combinations: Combinations;
  /** Whether every task has the seed base plus its index as seed. */
  seedsCount: boolean;
  /** One prompt of each group: between them they show every value that columns and tags bring. */
  samplePrompts: readonly number[];
  /** One combination of each group, likewise. */
  sampleCombinations: readonly number[];
  taskAt(index: number): NamedTask;
}

/** File systems allow 255 bytes; the rest is left to what programs append while they write. */
const longestName = 240;

/**
 * Namer of the job's files. Throws `output_name_collision` when two pictures could get the same name, or when a name
 * would leave its folder or is unfit for some file system.
 */
export function fileNames(job: NamedJob): (index: number) => string {
  const width = indexWidth(job.total);
  const textsOf = (index: number) => {
    const task = job.taskAt(index);
    return job.parts.map((part) => ('text' in part ? part.text : fieldText(part.field, task, width)));
  };
  const samples = job.samplePrompts.flatMap((prompt) =>
    job.sampleCombinations.map((combination) => textsOf(prompt * job.combinations.count + combination)),
  );
  for (const texts of samples) refuseUnfit(texts.join('') + job.ending);
  if (job.total > 1) {
    const fieldAt = (field: NameField, index: number) => fieldText(field, job.taskAt(index), width);
    refuseUncovered(job, fieldAt);
    refuseIllegible(job, samples, width);
  }
  return (index) => textsOf(index).join('') + job.ending;
}

const refusal = (rest: string) => new AtelierError('output_name_collision', `output.name ${rest}`, 'output.name');

function refuseUnfit(name: string): void {
  const character = unfitCharacter(name);
  if (character !== undefined) {
    throw refusal(`would make the file ${show(name)}, and file names may not contain ${show(character)}.`);
  }
  if (Buffer.byteLength(name) > longestName)
    throw refusal(`makes names of more than ${longestName} bytes; shorten it.`);
}

/** Every difference between two tasks must show in a field. */
function refuseUncovered(job: NamedJob, fieldAt: (field: NameField, index: number) => string): void {
  const fields = new Set(job.parts.flatMap((part) => ('field' in part ? [part.field] : [])));
  if (fields.has('index') || (fields.has('seed') && job.seedsCount)) return;
  const { axes } = job.combinations;
  const hidden = [
    ...(job.promptCount > 1 && !fields.has('promptIndex') ? ['promptIndex'] : []),
    ...axes.filter(({ key, size }) => size > 1 && !(fields as Set<string>).has(key)).map(({ key }) => key),
  ];
  if (hidden.length > 0) {
    const differing = hidden.map((field) => (field === 'promptIndex' ? 'their prompt' : field)).join(' and ');
    const missing = hidden.map((field) => `{${field}}`).join(' and ');
    const remedy = hidden.some(isUnnamed) ? '{index}' : `${missing} or {index}`;
    throw refusal(`gives pictures that differ only in ${differing} the same name; put ${remedy} into it.`);
  }
  const positions = axes.map((axis, level) => {
    // What a name does not show cannot keep it apart from another.
    if (!(fields as Set<string>).has(axis.key)) return () => 0;
    const field = axis.key as NameField;
    const positionOf = positionsByText(job.combinations, axis, level, (rank) => fieldAt(field, rank));
    return (index: number) => positionOf(fieldAt(field, index));
  });
  refuseAdded(job, [...fields], positions, fieldAt);
}

/** From the text of an axis in a name back to its position, -1 for none. Throws when two positions share a text. */
function positionsByText(
  { cells }: Combinations,
  axis: Axis,
  level: number,
  textAt: (rank: number) => string,
): (text: string) => number {
  if (axis.key === 'seed') return (text) => axis.positionOf(Number(text));
  const positions = new Map<string, number>();
  for (let position = 0; position < axis.size; position++) {
    const here = cells.filtered(Object.assign([], { [level]: { only: position } }));
    if (here.count === 0) continue;
    const text = textAt(cells.rankOf(here.at(0)));
    if (positions.has(text)) {
      const [one, other] = [positions.get(text)!, position].map((at) => show(axis.valueAt(at)));
      throw refusal(`writes the values ${one} and ${other} of ${axis.key} alike; put {index} into it.`);
    }
    positions.set(text, position);
  }
  return (text) => positions.get(text) ?? -1;
}

/** Combinations that `include` adds have no place on the axes: their names are compared one by one. */
function refuseAdded(
  { combinations, samplePrompts }: NamedJob,
  fields: readonly NameField[],
  positions: readonly ((index: number) => number)[],
  fieldAt: (field: NameField, index: number) => string,
): void {
  const { cells, added, count } = combinations;
  for (const prompt of samplePrompts) {
    const seen = new Set<string>();
    added.forEach((combination, i) => {
      const index = prompt * count + cells.count + i;
      const texts = JSON.stringify(fields.map((field) => fieldAt(field, index)));
      const at = positions.map((positionAt) => positionAt(index));
      const onAxes = at.length > 0 && !at.includes(-1) && cells.filtered(at.map((only) => ({ only }))).count > 0;
      if (onAxes || seen.has(texts)) {
        throw refusal(`gives the included combination ${show(combination)} the name of another; put {index} into it.`);
      }
      seen.add(texts);
    });
  }
}

/** Fields that differ must not run into each other: `{seed}{steps}` would make 112 of 1 and 12, and of 11 and 2. */
function refuseIllegible({ parts, promptCount }: NamedJob, samples: readonly string[][], width: number): void {
  const pieces = parts.map((part, i) => {
    if ('text' in part) return part;
    if (part.field === 'index') return { width, characters: digits };
    if (part.field === 'seed') return { characters: digits };
    if (part.field === 'promptIndex' && promptCount > 1) return { characters: digits };
    const texts = new Set(samples.map((sample) => sample[i]!));
    return texts.size === 1
      ? { text: [...texts][0]! }
      : { characters: new Set([...texts].flatMap((text) => [...text])) };
  });
  const joined = pieces.reduce<typeof pieces>((joined, piece) => {
    const last = joined.at(-1);
    if (last && 'text' in last && 'text' in piece) joined[joined.length - 1] = { text: last.text + piece.text };
    else joined.push(piece);
    return joined;
  }, []);
  if (!legible(joined))
    throw refusal('has fields that run into each other; put a character such as - or _ between them.');
}

const digits: ReadonlySet<string> = new Set('0123456789');
