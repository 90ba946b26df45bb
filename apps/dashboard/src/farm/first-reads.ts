import type { QueryClient } from '@tanstack/react-query';
import { farmQuery, jobsQuery, newestQuery, nodesQuery } from '../api/queries.js';
import { activeJobs } from './active-jobs.js';

/** A scheduler that takes longer to answer is not waited for: the view comes first, and fills. */
const patienceMs = 400;

/**
 * Reads what the farm's view shows, so that it is drawn once instead of piece by piece. The document asks for the same
 * addresses before the script has come. Resolves also when a read fails: the view says so.
 */
export function readFarm(client: QueryClient): Promise<unknown> {
  const reads = [
    client.prefetchQuery(farmQuery),
    client.prefetchQuery(nodesQuery),
    client.prefetchQuery(newestQuery),
    client.prefetchInfiniteQuery(jobsQuery(activeJobs)),
  ];
  return Promise.race([Promise.all(reads), new Promise((done) => setTimeout(done, patienceMs))]);
}
