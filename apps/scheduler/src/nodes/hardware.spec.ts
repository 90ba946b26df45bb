import { agentProto } from '@atelier/contracts';
import { expect, test } from 'vitest';
import { whatChanged } from './hardware.js';

const card = (deviceId: string, name = 'RTX 4090', driver = '550') =>
  agentProto.Device.fromPartial({ deviceId, name, driver });
const changed = (before: agentProto.Device[], after: agentProto.Device[]) =>
  whatChanged({ devices: before }, { devices: after });

test('cards in another order are the same cards', () => {
  expect(changed([card('GPU-aaaa-1'), card('GPU-bbbb-2')], [card('GPU-bbbb-2'), card('GPU-aaaa-1')])).toBe('');
});

test('names what took the place of what, what came, what went', () => {
  expect(changed([card('GPU-aaaa-1')], [card('GPU-cccc-3', 'RTX 5090')])).toBe(
    'RTX 5090 (GPU-cccc-3) took the place of RTX 4090 (GPU-aaaa-1). ',
  );
  expect(changed([card('cpu', 'Ryzen')], [card('cpu', 'Ryzen'), card('GPU-aaaa-1')])).toBe(
    'RTX 4090 (GPU-aaaa-1) was not there before. ',
  );
  expect(changed([card('GPU-aaaa-1'), card('GPU-bbbb-2')], [card('GPU-bbbb-2')])).toBe(
    'RTX 4090 (GPU-aaaa-1) is gone. ',
  );
});

test('names another driver', () => {
  expect(changed([card('GPU-aaaa-1')], [card('GPU-aaaa-1', 'RTX 4090', '560')])).toBe(
    'RTX 4090 has driver 560 instead of 550. ',
  );
});
