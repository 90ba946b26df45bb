/** Prompts by what decides their render class: LoRA tags, and columns such as `model` or `steps`. */
import { tooManyClasses, maximumClasses } from '../limits.js';
import { perPicture, type SettingName, type Settings } from '../schema/settings.js';
import type { PromptEntry } from './entries.js';
import { NumberSet } from './number-set.js';
import type { LoraTag } from './syntax.js';
import { choicesOf, indexAt, textAt, type Template } from './template.js';

export interface PromptGroup {
  loras: LoraTag[];
  columns: Settings;
  /** Numbers of the group's prompts. */
  numbers: NumberSet;
}

/** Groups in order of appearance. `lorasOf` reads the tags of a prompt. */
export function groupPrompts(entries: readonly PromptEntry[], lorasOf: (written: string) => LoraTag[]): PromptGroup[] {
  const groups = new Map<string, PromptGroup>();
  const groupOf = (columns: Settings, loras: LoraTag[]): PromptGroup => {
    const key = JSON.stringify([loras, decidingPart(columns)]);
    let group = groups.get(key);
    if (!group) {
      if (groups.size === maximumClasses) throw tooManyClasses();
      groups.set(key, (group = { loras, columns, numbers: new NumberSet() }));
    }
    return group;
  };

  let start = 0;
  for (const { template, columns } of entries) {
    const tagging = choicesInTags(template);
    if (!tagging.includes(true)) {
      const first = textAt(
        template,
        tagging.map(() => 0),
      );
      groupOf(columns, lorasOf(first)).numbers.addRange(start, template.count);
    } else {
      const sizes = choicesOf(template.parts).map(({ length }) => length);
      for (const fixed of fixings(sizes, tagging)) {
        const loras = lorasOf(
          textAt(
            template,
            fixed.map((position) => position ?? 0),
          ),
        );
        addStride(groupOf(columns, loras).numbers, start, template, fixed);
      }
    }
    start += template.count;
  }
  return [...groups.values()];
}

function decidingPart(columns: Settings): [string, unknown][] {
  return Object.entries(columns).filter(([key]) => !perPicture.has(key as SettingName));
}

/** For each choice of a template whether it takes part in a LoRA tag: inside one, or holding its marks. */
function choicesInTags({ parts }: Template): boolean[] {
  const inTags: boolean[] = [];
  let open = false;
  for (const part of parts) {
    if (typeof part === 'string') {
      if (/[<>]/.test(part)) open = part.lastIndexOf('<') > part.lastIndexOf('>');
      continue;
    }
    inTags.push(open || part.some((text) => /[<>]/.test(text)));
    open ||= part.some((text) => text.lastIndexOf('<') > text.lastIndexOf('>'));
  }
  return inTags;
}

/** Every combination of positions of the choices that matter; undefined for the others. */
function fixings(sizes: readonly number[], matters: readonly boolean[]): (number | undefined)[][] {
  if (sizes.reduce((product, size, i) => (matters[i] ? product * size : product), 1) > maximumClasses)
    throw tooManyClasses();
  return sizes.reduce<(number | undefined)[][]>(
    (heads, size, i) =>
      matters[i]
        ? heads.flatMap((head) => Array.from({ length: size }, (_, position) => [...head, position]))
        : heads.map((head) => [...head, undefined]),
    [[]],
  );
}

/** Adds the prompts of one entry whose choices stand as `fixed`, the others anyhow, the last the fastest. */
function addStride(
  numbers: NumberSet,
  start: number,
  template: Template,
  fixed: readonly (number | undefined)[],
): void {
  const sizes = choicesOf(template.parts).map(({ length }, i) => (fixed[i] === undefined ? length : 1));
  const count = sizes.reduce((product, size) => product * size, 1);
  numbers.add(count, (ordinal) => {
    const positions = fixed.map((position) => position ?? 0);
    for (let i = sizes.length - 1; i >= 0; i--) {
      if (fixed[i] === undefined) positions[i] = ordinal % sizes[i]!;
      ordinal = Math.floor(ordinal / sizes[i]!);
    }
    return start + indexAt(template, positions);
  });
}
