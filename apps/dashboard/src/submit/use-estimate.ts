import type { EstimateView } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { useDebouncedValue } from '@mantine/hooks';
import { CallError } from '../api/client.js';
import { estimateBatch } from '../api/reads.js';
import { placeInText } from './batch-document.js';
import type { Fault } from './yaml-editor.js';

/** How long typing must rest before the farm is asked. */
const quietMs = 400;

export interface Estimate {
  view: EstimateView | null;
  /** What the farm has against the text as it was asked last, at its place. */
  fault: Fault | null;
  isAsking: boolean;
}

/** What the farm says of a batch before it is submitted: how much, how long, or what is wrong and where. */
export function useEstimate(text: string): Estimate {
  const [asked] = useDebouncedValue(text, quietMs);
  const { data, error, isFetching } = useQuery({
    queryKey: ['estimate', asked],
    queryFn: () => estimateBatch(asked),
    enabled: asked.trim() !== '',
    retry: false,
    gcTime: 30_000,
    placeholderData: (before) => before,
  });
  const current = asked === text;
  return {
    view: error ? null : (data ?? null),
    fault: error && current ? faultOf(error, text) : null,
    isAsking: isFetching || !current,
  };
}

export function faultOf(error: Error, text: string): Fault {
  const where = error instanceof CallError ? error.where : null;
  const place = (where !== null && placeInText(text, where)) || { from: 0, to: Math.max(1, text.indexOf('\n')) };
  return { ...place, message: where === null ? error.message : `${where}: ${error.message}` };
}
