/** Chosen pictures: by key, so that a choice survives whatever moves. */
import type { ResultView } from '@atelier/contracts/rest';
import { useCallback, useMemo, useState } from 'react';
import { keyOf } from '../live/apply.js';

export interface Selection {
  readonly pictures: ReadonlyMap<string, ResultView>;
  has(picture: ResultView): boolean;
  toggle(picture: ResultView, position: number): void;
  /** From the last toggled position to this one, as far as they are known. */
  extend(position: number, pictureAt: (position: number) => ResultView | undefined): void;
  clear(): void;
}

const none: ReadonlyMap<string, ResultView> = new Map();

export function useSelection(): Selection {
  const [pictures, setPictures] = useState(none);
  const [last, setLast] = useState(0);
  const toggle = useCallback((picture: ResultView, position: number) => {
    setLast(position);
    setPictures((before) => {
      const after = new Map(before);
      if (!after.delete(keyOf(picture))) after.set(keyOf(picture), picture);
      return after;
    });
  }, []);
  const extend = useCallback<Selection['extend']>(
    (position, pictureAt) => {
      const [from, to] = last < position ? [last, position] : [position, last];
      const all = Array.from({ length: to - from + 1 }, (_, i) => pictureAt(from + i));
      const reached = all.filter((picture) => picture !== undefined);
      setPictures((before) => new Map([...before, ...reached.map((p): [string, ResultView] => [keyOf(p), p])]));
      setLast(position);
    },
    [last],
  );
  const clear = useCallback(() => setPictures(none), []);
  return useMemo(
    () => ({ pictures, has: (picture) => pictures.has(keyOf(picture)), toggle, extend, clear }),
    [pictures, toggle, extend, clear],
  );
}
