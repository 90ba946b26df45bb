/** Keeps the query cache fresh while the page is open, and tells whether it is. */
import type { QueryClient } from '@tanstack/react-query';
import { createContext, use, useSyncExternalStore, type ReactNode } from 'react';
import { connect, type Connection, type ConnectionState } from './connection.js';
import { createFeed } from './feed.js';

export interface Live {
  state: ConnectionState;
  /** When the connection was lost, ms since the epoch; null while there is one. */
  lostAt: number | null;
  retry(): void;
}

type LiveStore = ReturnType<typeof createLive>;

/**
 * A connection that `connect` opens. The document names the event that everything read so far is no older than, so that
 * nothing is missed however late that is; where it names none, all is read again once the events come.
 */
export function createLive(client: QueryClient) {
  const listeners = new Set<() => void>();
  const feed = createFeed(client);
  let connection: Connection | undefined;
  let live: Live = { state: 'connecting', lostAt: null, retry: () => connection?.retry() };

  function onState(next: ConnectionState): void {
    // A try to reconnect does not take the banner away; success does.
    const state = next === 'connecting' && live.state === 'lost' ? 'lost' : next;
    live = { ...live, state, lostAt: state === 'lost' ? (live.lostAt ?? Date.now()) : null };
    for (const listener of listeners) listener();
  }

  return {
    connect() {
      const { lastEvent } = document.documentElement.dataset;
      connection ??= connect('/api/v1/events', lastEvent, { onChange: feed.apply, onGap: feed.refresh, onState });
    },
    current: () => live,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const LiveContext = createContext<LiveStore | null>(null);

export const LiveProvider = ({ live, children }: { live: LiveStore; children: ReactNode }) => (
  <LiveContext value={live}>{children}</LiveContext>
);

export function useLive(): Live {
  const live = use(LiveContext);
  if (live === null) throw new Error('useLive needs a LiveProvider above it');
  return useSyncExternalStore(live.subscribe, live.current);
}
