import { useQuery } from '@tanstack/react-query';
import { previewsQuery } from './queries.js';

/** The latest preview of an attempt, as a data URI; a change of another's preview goes unnoticed. */
export function usePreview(attemptId: string | undefined): string | undefined {
  const { data } = useQuery({
    ...previewsQuery,
    select: (previews) => (attemptId === undefined ? undefined : previews[attemptId]),
  });
  return data;
}
