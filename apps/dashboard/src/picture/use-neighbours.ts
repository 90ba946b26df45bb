import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import { jobQuery, resultsQuery } from '../api/queries.js';
import { galleryWindowQuery } from '../gallery/use-gallery.js';
import { galleryOf } from '../url/search.js';
import { inGallery, inJob, reach, type Neighbours } from './neighbours.js';

const route = getRouteApi('/pictures/$jobId/$index');

/** What lies before and after a picture: in its job, or in what the gallery found when one came from there. */
export function useNeighbours(jobId: string, index: number): Neighbours {
  const { within, pos = 0, upTo = '', ...given } = route.useSearch();
  const inFound = within === 'gallery' && upTo !== '';
  const written = JSON.stringify(galleryOf(given));
  // Windows lie on a grid, so that walking through them reads each once.
  const from = Math.max(0, (Math.floor(pos / reach) - 1) * reach);
  const found = useQuery({
    ...galleryWindowQuery(
      useMemo(() => JSON.parse(written) as ReturnType<typeof galleryOf>, [written]),
      upTo,
      from,
      4 * reach,
    ),
    enabled: inFound,
    placeholderData: (before) => before,
  });
  const results = useInfiniteQuery({ ...resultsQuery(jobId), enabled: !inFound });
  const { data: job } = useQuery(jobQuery(jobId));

  const items = useMemo(() => results.data?.pages.flatMap((page) => page.items) ?? [], [results.data]);
  // While the next window is read, the one before it stands in.
  const shownFrom = useRef(from);
  if (!found.isPlaceholderData) shownFrom.current = from;
  const listed = inFound && found.data ? inGallery(found.data, { jobId, index }, shownFrom.current) : null;
  return listed ?? inJob(items, { jobId, index }, job?.counts.total ?? null);
}
