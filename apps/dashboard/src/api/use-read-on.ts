import { useCallback } from 'react';

interface PagedQuery {
  hasNextPage: boolean;
  isFetching: boolean;
  isFetchNextPageError: boolean;
  fetchNextPage: () => Promise<unknown>;
}

/** Reads the next page of a listing, unless there is none, one is on its way, or the last try failed. */
export function useReadOn({ hasNextPage, isFetching, isFetchNextPageError, fetchNextPage }: PagedQuery): () => void {
  return useCallback(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
}
