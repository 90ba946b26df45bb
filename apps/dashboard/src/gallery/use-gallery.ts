/**
 * The gallery by position: a search finds `count` pictures as of a moment, and only the windows near the screen are
 * read, so that 100,000 pictures cost no more than 300. New pictures move nothing until the moment is renewed.
 */
import type { GalleryCount, ResultView } from '@atelier/contracts/rest';
import { useQueries, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { keys } from '../api/keys.js';
import { countGallery, getGalleryWindow } from '../api/reads.js';
import { arrivals, useArrivals } from '../live/arrivals.js';
import type { GallerySearch } from '../url/search.js';

export const windowSize = 120;
/** Windows that nobody has looked at for so long are forgotten. */
const keptForMs = 60_000;

export const galleryWindowQuery = (search: GallerySearch, at: string, offset: number, size = windowSize) => ({
  queryKey: keys.galleryWindow(search, at, offset, size),
  queryFn: ({ signal }: { signal: AbortSignal }) => getGalleryWindow(search, at, offset, size, signal),
  gcTime: keptForMs,
});

interface Moment extends GalleryCount {
  search: GallerySearch;
  /** Pictures that had come to the page by then. */
  arrivals: number;
}

export interface Gallery {
  /** What was found, and until when it counts; null while that is being read. */
  moment: { count: number; at: string } | null;
  error: Error | null;
  pictureAt(position: number): ResultView | undefined;
  /** Tells which positions are near the screen. */
  look(first: number, last: number): void;
  /** Pictures that have come since. */
  held: number;
  /** Takes them in, without a flicker. */
  renew(): Promise<void>;
}

async function readMoment(client: QueryClient, search: GallerySearch): Promise<Moment> {
  const seen = arrivals.current();
  const { count, at } = await countGallery(search);
  // The front is there before it is shown.
  if (count > 0) await client.fetchQuery(galleryWindowQuery(search, at, 0));
  return { count, at, search, arrivals: seen };
}

export function useGallery(search: GallerySearch): Gallery {
  const client = useQueryClient();
  const [moment, setMoment] = useState<Moment | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [range, setRange] = useState<[first: number, last: number]>([0, windowSize - 1]);
  const latest = useRef(search);
  latest.current = search;

  const renew = useCallback(async () => {
    const asked = latest.current;
    try {
      const next = await readMoment(client, asked);
      if (latest.current !== asked) return;
      setMoment(next);
      setError(null);
    } catch (failure) {
      if (latest.current === asked) setError(failure as Error);
    }
  }, [client]);
  useEffect(() => void renew(), [renew, search]);

  // A deletion or a gap in the events marks everything as old: positions have changed.
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        if (event.type === 'updated' && event.action.type === 'invalidate' && event.query.queryKey[0] === 'gallery')
          again.call();
      }),
    [client],
  );
  const again = useMemo(() => afterQuiet(() => void renew()), [renew]);

  const shown = moment?.search === search ? moment : null;
  const windows = shown ? windowsOf(range, shown.count) : [];
  const pages = useQueries({
    queries: windows.map((offset) => galleryWindowQuery(search, shown!.at, offset)),
  });
  const first = windows[0] ?? 0;
  const come = useArrivals();
  const data = pages.map((page) => page.data);
  const known = useRef({ first, data });
  // The same windows with the same pictures are the same function: rows that stay are not drawn again.
  if (known.current.first !== first || !sameItems(known.current.data, data)) known.current = { first, data };
  const { current } = known;
  const pictureAt = useCallback(
    (position: number) => current.data[Math.floor((position - current.first) / windowSize)]?.[position % windowSize],
    [current],
  );
  return {
    moment: shown,
    error: shown ? null : error,
    pictureAt,
    // What stays within the same windows is no news.
    look: useCallback(
      (from: number, to: number) => setRange((before) => (sameWindows(before, [from, to]) ? before : [from, to])),
      [],
    ),
    held: shown ? come - shown.arrivals : 0,
    renew,
  };
}

/** Offsets of the windows that hold a range. */
export function windowsOf([first, last]: readonly [number, number], count: number): number[] {
  const end = Math.min(last, count - 1);
  const windows: number[] = [];
  for (let offset = Math.floor(Math.max(0, first) / windowSize) * windowSize; offset <= end; offset += windowSize)
    windows.push(offset);
  return windows;
}

const sameItems = (a: readonly unknown[], b: readonly unknown[]) =>
  a.length === b.length && a.every((item, i) => item === b[i]);

const sameWindows = (a: readonly [number, number], b: readonly [number, number]) =>
  a.every((position, i) => Math.floor(position / windowSize) === Math.floor(b[i]! / windowSize));

function afterQuiet(action: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    call() {
      clearTimeout(timer);
      timer = setTimeout(action, 50);
    },
  };
}
