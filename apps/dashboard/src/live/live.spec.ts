import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLive } from './live.js';

/** The browser's, of which a test says when it opens and breaks. */
class StubSource extends EventTarget {
  static readonly CLOSED = 2;
  static readonly all: StubSource[] = [];
  readyState = 0;
  constructor(readonly url: string) {
    super();
    StubSource.all.push(this);
  }
  close(): void {
    this.readyState = StubSource.CLOSED;
  }
}

/** What the scheduler wrote into the document. */
let dataset: { lastEvent?: string };

beforeEach(() => {
  dataset = {};
  StubSource.all.length = 0;
  vi.stubGlobal('EventSource', StubSource);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false, documentElement: { dataset } }));
});
afterEach(() => void vi.unstubAllGlobals());

it('connects when told, and reads anew what was read before it was connected', () => {
  const client = new QueryClient();
  const refresh = vi.spyOn(client, 'invalidateQueries');
  const live = createLive(client);
  live.connect();
  expect(StubSource.all.map(({ url }) => url)).toEqual(['/api/v1/events']);
  expect(live.current()).toMatchObject({ state: 'connecting', lostAt: null });
  StubSource.all[0]!.dispatchEvent(new Event('open'));
  expect(live.current().state).toBe('live');
  expect(refresh).toHaveBeenCalledTimes(1);
});

it('follows from the event that the document names, and reads nothing twice', () => {
  dataset.lastEvent = '41';
  const client = new QueryClient();
  const refresh = vi.spyOn(client, 'invalidateQueries');
  const live = createLive(client);
  live.connect();
  expect(StubSource.all.map(({ url }) => url)).toEqual(['/api/v1/events?lastEventId=41']);
  StubSource.all[0]!.dispatchEvent(new Event('open'));
  expect(refresh).not.toHaveBeenCalled();
  // A connection that the page opens itself knows of no event any more.
  live.current().retry();
  expect(StubSource.all[1]!.url).toBe('/api/v1/events');
  StubSource.all[1]!.dispatchEvent(new Event('open'));
  expect(refresh).toHaveBeenCalledTimes(1);
});

it('tells since when the connection is lost, until it is back', () => {
  const live = createLive(new QueryClient());
  live.connect();
  const [source] = StubSource.all;
  const told = vi.fn();
  live.subscribe(told);
  source!.dispatchEvent(new Event('open'));
  source!.dispatchEvent(new Event('error'));
  const { state, lostAt } = live.current();
  expect([state, typeof lostAt]).toEqual(['lost', 'number']);
  live.current().retry();
  expect(live.current()).toMatchObject({ state: 'lost', lostAt });
  expect([source!.readyState, StubSource.all.length]).toEqual([StubSource.CLOSED, 2]);
  StubSource.all[1]!.dispatchEvent(new Event('open'));
  expect(live.current()).toMatchObject({ state: 'live', lostAt: null });
  expect(told).toHaveBeenCalledTimes(4);
});
