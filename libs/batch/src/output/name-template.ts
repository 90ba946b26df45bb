/** The pattern of file names, `output.name`: text with fields in braces. */
import { fault, show } from '../document/faults.js';
import { nearest } from '../document/nearest.js';
import type { Batch } from '../schema/batch.js';
import { settingNames, type SettingName } from '../schema/settings.js';

/** Settings whose text does not fit a file name. */
const unnamed = ['negative', 'initImage', 'mask'] as const;
export const isUnnamed = (name: string): name is (typeof unnamed)[number] =>
  (unnamed as readonly string[]).includes(name);

export type NameField = 'index' | 'promptIndex' | 'job' | Exclude<SettingName, (typeof unnamed)[number]>;
export type NamePart = { text: string } | { field: NameField };

const place = 'output.name';
const known: readonly NameField[] = [
  'index',
  'promptIndex',
  'job',
  ...settingNames.filter((name): name is Exclude<SettingName, (typeof unnamed)[number]> => !isUnnamed(name)),
];

export const defaultName = '{index}-{seed}';

/** Characters that some file system gives a meaning or forbids. */
// eslint-disable-next-line no-control-regex
const unfit = /[/\\:*?"<>|\u0000-\u001f\u007f]/;

/** The parts of `output.name`. Throws `invalid_batch` for unknown fields, loose braces and unfit characters. */
export function parseOutputName(batch: Batch): NamePart[] {
  const name = batch.output?.name ?? defaultName;
  return name
    .split(/(\{[^{}]*\})/)
    .filter((piece) => piece !== '')
    .map((piece): NamePart => {
      const field = /^\{(.*)\}$/.exec(piece)?.[1];
      if (field === undefined) {
        if (/[{}]/.test(piece)) throw fault(place, `is ${show(name)}, where a brace has no partner.`);
        return { text: piece };
      }
      if (isUnnamed(field)) {
        const what = field === 'negative' ? 'prompts' : 'images';
        throw fault(place, `has the field {${field}}; ${what} do not fit file names, {index} does.`);
      }
      if (!known.includes(field as NameField)) {
        throw fault(place, `has the field {${field}}: ${nearest(field, known)}`);
      }
      return { field: field as NameField };
    });
}

/** The first character of `text` that a portable file name may not have. */
export const unfitCharacter = (text: string): string | undefined => unfit.exec(text)?.[0];
