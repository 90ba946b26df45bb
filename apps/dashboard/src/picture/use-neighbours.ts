import type { ResultView } from '@atelier/contracts/rest';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { galleryQuery, jobQuery, resultsQuery } from '../api/queries.js';
import { useReadOn } from '../api/use-read-on.js';
import { inJob, inList, type Neighbours } from './neighbours.js';

const route = getRouteApi('/pictures/$jobId/$index');

/** What lies before and after a picture: in its job, or among the farm's latest when one came from the gallery. */
export function useNeighbours(jobId: string, index: number): Neighbours {
  const { within } = route.useSearch();
  const gallery = useInfiniteQuery({ ...galleryQuery, enabled: within === 'gallery' });
  const results = useInfiniteQuery({ ...resultsQuery(jobId), enabled: within !== 'gallery' });
  const { data: job } = useQuery(jobQuery(jobId));

  const pages = within === 'gallery' ? gallery.data : results.data;
  const items = useMemo<ResultView[]>(() => pages?.pages.flatMap((page) => page.items) ?? [], [pages]);
  const listed = within === 'gallery' ? inList(items, { jobId, index }) : null;

  const nearEnd = listed !== null && listed.remaining < 24;
  const readOn = useReadOn(gallery);
  useEffect(() => {
    if (nearEnd) readOn();
  }, [nearEnd, readOn]);

  return listed ?? inJob(items, { jobId, index }, job?.counts.total ?? null);
}
