import { useQuery } from '@tanstack/react-query';
import { jobQuery } from '../api/queries.js';
import { short } from '../format/quantity.js';

/** The name of a job, its id until that is known. */
export function useJobName(id: string): string {
  const { data: job } = useQuery({ ...jobQuery(id), refetchInterval: false });
  return job?.name ?? short(id, 8);
}
