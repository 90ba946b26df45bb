import { expect, test } from 'vitest';
import { TelemetryHub, type Telemetry } from './telemetry.js';

const preview: Telemetry = {
  $case: 'preview',
  value: { attemptId: 'a', image: Buffer.alloc(0), mediaType: 'image/png' },
};
const progress: Telemetry = { $case: 'progress', value: { attemptId: 'a', stage: 'denoise', step: 1, steps: 4 } };

test('previews are made only while somebody wants them', () => {
  const hub = new TelemetryHub();
  const wanted: boolean[] = [];
  hub.on('previews', (now) => wanted.push(now));
  const heard: string[] = [];
  const leave = [
    hub.watch(false, ({ $case }) => heard.push(`plain ${$case}`)),
    hub.watch(true, ({ $case }) => heard.push(`first ${$case}`)),
    hub.watch(true, () => undefined),
  ];
  hub.publish(preview);
  hub.publish(progress);
  expect(heard).toEqual(['first preview', 'plain progress', 'first progress']);
  for (const stop of leave) stop();
  expect(wanted).toEqual([true, false]);
  expect(hub.previewsWanted).toBe(false);
});
