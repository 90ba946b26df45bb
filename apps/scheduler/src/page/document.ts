/** The page's document, with what spares a browser a way to the scheduler and back. */
import type { Result } from '@atelier/store';

/**
 * What the farm's view reads at first. Named behind the scripts, it is read while they are fetched and started.
 * The addresses are those of apps/dashboard/src/api/reads.ts, to the letter.
 */
const firstReads = [
  '/api/v1/farm',
  '/api/v1/nodes',
  '/api/v1/results?pageSize=32',
  '/api/v1/jobs?state=queued&state=running&state=paused&state=cancelling&pageSize=100',
];

/** Of the farm's newest pictures a phone shows four in its row; a wide screen shows more, which come later. */
export const picturesAhead = 4;

export interface KnownAhead {
  /** The log's last event, read before anything else: what the page reads is no older, so it follows from there. */
  lastEvent: number;
  /** The farm's newest pictures. */
  newest: readonly Pick<Result, 'sha256' | 'mediaType' | 'withheld'>[];
}

/** `html` for the farm's view or for another; without `known` (no database answers) as it was built. */
export function documentOf(html: string, view: 'farm' | 'other', known: KnownAhead | null): string {
  const named = known ? html.replace('<html', `<html data-last-event="${known.lastEvent}"`) : html;
  if (view !== 'farm') return named;
  const links = [
    ...firstReads.map((address) => `<link rel="preload" as="fetch" crossorigin href="${escaped(address)}" />`),
    ...(known?.newest ?? [])
      .filter(({ mediaType, withheld }) => mediaType.startsWith('image/') && !withheld)
      .map(({ sha256 }) => `<link rel="preload" as="image" href="/api/v1/artifacts/${sha256}/thumbnail" />`),
  ];
  return named.replace('</head>', `${links.join('\n')}</head>`);
}

const escaped = (address: string) => address.replaceAll('&', '&amp;');
