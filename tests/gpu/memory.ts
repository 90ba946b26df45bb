/** Question 3: what a network takes of the device when it is loaded, while it runs, and after it was let go of. */
import type { NetworkName, SessionOptions, Target } from '@atelier/diffusion/testing';
import { networksOf } from './accuracy.js';
import { inChild, type Reading } from './in-child.js';
import { megabytes, type Part, type Row, type Setting, type Subject } from './part.js';

const MANNERS: readonly Required<SessionOptions>['buffers'][] = ['bucket', 'lazyRelease', 'disabled', 'simple'];

export const memory: Part = {
  name: 'memory',
  about: 'memory of the device at load, while running and after release, in each manner of keeping buffers',
  async *run(setting) {
    for (const subject of setting.subjects) {
      for (const network of networksOf(subject)) {
        // The others differ by the networks' sizes alone.
        const manners = network === 'unet' ? MANNERS : MANNERS.slice(0, 2);
        for (const buffers of manners) yield await row(setting, subject, network, buffers);
        // What stays when the network leaves another one behind.
        yield await row(setting, subject, network, 'bucket', true);
      }
    }
  },
};

async function row(
  { device }: Setting,
  { name, checkpoint, side }: Subject,
  network: NetworkName,
  buffers: SessionOptions['buffers'],
  beside = false,
): Promise<Row> {
  const precision = network.startsWith('vae') ? 'F32' : device.computes.at(-1)!;
  const target: Target = { provider: 'webgpu', precision, fusedAttention: device.attention.includes(precision) };
  const rows = network.startsWith('vae') ? 1 : 2;
  const done = await inChild(
    {
      kind: 'network',
      network: { checkpoint, network, target, side, rows },
      session: { provider: 'webgpu', threads: 2, ...(buffers && { buffers }) },
      ...{ runs: 3, tell: false, beside },
    },
    device,
  );
  const { started, loaded, ran, released } = done.memory;
  const above = (reading: Reading | undefined, key: keyof Reading) =>
    typeof reading?.[key] === 'number' && typeof started?.now === 'number'
      ? megabytes(reading[key] - started.now)
      : null;
  return {
    ...{ subject: name, what: `${network}, buffers ${buffers}${beside ? ', another one open' : ''}`, precision },
    'load peak MB': above(loaded, 'peak'),
    'loaded MB': above(loaded, 'now'),
    'run peak MB': above(ran, 'peak'),
    'released MB': above(released, 'now'),
    ...{ 'told by': done.source, failed: done.error ?? null },
  };
}
