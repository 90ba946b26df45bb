import { AtelierError } from '@atelier/contracts';

/** Positions of axes by their keys, from `prompt:0,steps:2`. Throws `invalid_request`. */
export function positionsOf(text: string | undefined): Map<string, number> {
  return new Map(
    (text ?? '').split(',').flatMap((part): [string, number][] => {
      if (part === '') return [];
      const [, key, position] = /^(\w+):(\d{1,8})$/.exec(part) ?? [];
      if (key === undefined)
        throw new AtelierError('invalid_request', `"${part.slice(0, 60)}" is no position such as steps:2.`, 'at');
      return [[key, Number(position)]];
    }),
  );
}
