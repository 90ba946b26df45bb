import { createLogger } from '@atelier/telemetry';
import { createJoinToken } from '@atelier/trust';
import { Bonjour } from 'bonjour-service';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../../../tests/support/farm.js';
import { SchedulerDouble } from '../testing/scheduler-double.js';
import { discoverScheduler } from './discover.js';

const log = createLogger({ name: 'test', level: 'silent' });

let double: SchedulerDouble;
let bonjour: Bonjour;
let socket: object;
beforeEach(async () => {
  double = await SchedulerDouble.start();
  // Multicast that never leaves this machine.
  socket = { interface: '127.0.0.1', bind: '0.0.0.0', port: await freePort() };
  bonjour = new Bonjour(socket);
});
afterEach(async () => {
  bonjour.destroy();
  await double.close();
});

const announce = (port: number) => bonjour.publish({ name: `scheduler ${port}`, type: 'atelier', port, probe: false });

test('finds the scheduler that holds the farm’s key, and passes over others', async () => {
  const stranger = await SchedulerDouble.start();
  announce(Number(stranger.address.split(':')[1]));
  announce(Number(double.address.split(':')[1]));
  const found = await discoverScheduler({ pin: double.authority.pin, socket, timeoutMs: 10_000, log });
  expect(`127.0.0.1:${found.port}`).toBe(double.address);
  await stranger.close();
});

test('believes nobody who does not hold the key, and says what to do', async () => {
  announce(Number(double.address.split(':')[1]));
  const { pin } = createJoinToken('0'.repeat(64));
  await expect(discoverScheduler({ pin, socket, timeoutMs: 1_500, log })).rejects.toThrow(
    'No scheduler of this farm was found by mDNS within 1.5 s: give its address, --join HOST:PORT.',
  );
});
