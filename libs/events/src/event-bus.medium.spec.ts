import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { LoggedEvent } from '@atelier/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { killNats, resumeNats, startNats, stopNats } from '../../../tests/support/nats.js';
import { sharedNats } from '../../../tests/support/servers.js';
import { createEventBus, type EventBus, type EventBusOptions } from './index.js';

const event = (seq: number): LoggedEvent => ({
  seq,
  at: new Date(1_000 * seq),
  type: 'task.succeeded',
  jobId: 'job',
  nodeId: 'node',
  taskIndex: seq,
  data: { sha256: 'ü' },
});

const patience = { timeout: 60_000 };

const buses: EventBus[] = [];
afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.close()));
});

/** A bus that flows, and what it hears. */
async function openBus(options: EventBusOptions): Promise<{ bus: EventBus; heard: LoggedEvent[] }> {
  const bus = await createEventBus(options);
  buses.push(bus);
  const heard: LoggedEvent[] = [];
  bus.subscribe((heardEvent) => heard.push(heardEvent));
  await vi.waitUntil(() => bus.connected, patience);
  return { bus, heard };
}
const seqs = (events: LoggedEvent[]) => events.map(({ seq }) => seq);

describe.each(['in process', 'nats'] as const)('%s: a bus', (kind) => {
  const options = async (): Promise<EventBusOptions> =>
    kind === 'nats' ? { natsUrl: (await sharedNats()).url, farm: randomUUID() } : {};

  it('tells everybody in the process at once, once, in order, until they have heard enough', async () => {
    const { bus, heard } = await openBus(await options());
    const second: number[] = [];
    const stop = bus.subscribe(({ seq }) => second.push(seq));
    bus.publish(event(1));
    stop();
    bus.publish(event(2));
    expect(heard).toEqual([event(1), event(2)]);
    expect(second).toEqual([1]);
    await new Promise((later) => setTimeout(later, 200));
    expect(seqs(heard)).toEqual([1, 2]);
  });

  it('is not stopped by a listener that throws', async () => {
    const { bus } = await openBus(await options());
    bus.subscribe(() => {
      throw new Error('defect');
    });
    const after: number[] = [];
    bus.subscribe(({ seq }) => after.push(seq));
    bus.publish(event(1));
    expect(after).toEqual([1]);
  });
});

describe('buses over NATS', () => {
  it('carry every event to the other processes of the farm, and to no other farm', async () => {
    const natsUrl = (await sharedNats()).url;
    const farm = randomUUID();
    const one = await openBus({ natsUrl, farm });
    const two = await openBus({ natsUrl, farm });
    const other = await openBus({ natsUrl, farm: randomUUID() });
    for (let seq = 1; seq <= 500; seq++) (seq % 2 ? one : two).bus.publish(event(seq));
    await vi.waitUntil(() => one.heard.length >= 500 && two.heard.length >= 500, patience);
    const odd = seqs(two.heard).filter((seq) => seq % 2);
    expect(odd).toEqual([...odd].sort((a, b) => a - b));
    for (const { heard } of [one, two]) {
      expect(seqs(heard).sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    }
    expect(two.heard.find(({ seq }) => seq === 1)).toEqual(event(1));
    expect(other.heard).toEqual([]);
  });

  it('tell no late comer of what was before', async () => {
    const natsUrl = (await sharedNats()).url;
    const farm = randomUUID();
    const one = await openBus({ natsUrl, farm });
    const two = await openBus({ natsUrl, farm });
    one.bus.publish(event(1));
    await vi.waitUntil(() => two.heard.length === 1, patience);
    const late = await openBus({ natsUrl, farm });
    one.bus.publish(event(2));
    await vi.waitUntil(() => late.heard.length > 0, patience);
    expect(seqs(late.heard)).toEqual([2]);
  });

  it.each(['with', 'without'] as const)(
    'go on after the broker was killed and came back %s its memory',
    async (memory) => {
      let server = await startNats();
      const statuses: boolean[] = [];
      const one = await openBus({ natsUrl: server.url, onStatus: (connected) => statuses.push(connected) });
      const two = await openBus({ natsUrl: server.url });
      one.bus.publish(event(1));
      await vi.waitUntil(() => two.heard.length === 1, patience);

      await killNats(server);
      await vi.waitUntil(() => !one.bus.connected, patience);
      for (let seq = 2; seq <= 20; seq++) one.bus.publish(event(seq));
      expect(one.heard).toHaveLength(20);
      if (memory === 'with') {
        server = await resumeNats(server);
      } else {
        const empty = await startNats();
        await killNats(empty);
        rmSync(server.folder, { recursive: true });
        server = await resumeNats({ ...empty, url: server.url });
      }
      await vi.waitUntil(() => two.heard.length >= 20, patience);
      expect(seqs(two.heard)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(statuses.filter((status, i) => status !== statuses[i - 1])).toEqual([true, false, true]);
      await Promise.all(buses.splice(0).map((bus) => bus.close()));
      await stopNats(server);
    },
  );

  it('work within the process while no broker was ever there, say why, and close in time', async () => {
    const details: string[] = [];
    const bus = await createEventBus({ natsUrl: 'nats://127.0.0.1:1', onStatus: (_, detail) => details.push(detail) });
    const heard: number[] = [];
    bus.subscribe(({ seq }) => heard.push(seq));
    bus.publish(event(1));
    expect(heard).toEqual([1]);
    expect(bus.connected).toBe(false);
    await vi.waitUntil(() => details.length > 0, patience);
    expect(details[0]).toMatch(/^NATS at 127\.0\.0\.1:1 cannot be reached: .*refused/);
    await bus.close();
  });

  it('refuse what can never work', async () => {
    await expect(createEventBus({ natsUrl: 'nowhere' })).rejects.toThrow('nats://');
    await expect(createEventBus({ natsUrl: 'nats://x', farm: 'a b' })).rejects.toThrow('"a b"');
  });
});
