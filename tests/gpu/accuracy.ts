/** Question 2: how far the device is from the CPU's float32, network by network and operator by operator. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { distance, NETWORKS, type NetworkName, type Precision, type Target } from '@atelier/diffusion/testing';
import { inChild, type Done } from './in-child.js';
import { megabytes, milliseconds, psnr, type Part, type Row, type Setting, type Subject } from './part.js';

const THREADS = 2;
/** Values of a picture go from -1 to 1. */
const PICTURE_RANGE = 2;

export const accuracy: Part = {
  name: 'accuracy',
  about: "how far each network and operator is from the CPU's float32",
  async *run(setting) {
    for (const subject of setting.subjects) {
      yield* attentionRows(setting, subject);
      for (const network of networksOf(subject)) yield* networkRows(setting, subject, network);
    }
    yield* normalizationRows(setting);
  },
};

export function networksOf({ checkpoint }: Subject): NetworkName[] {
  return NETWORKS.filter((name) => existsSync(join(checkpoint, name.startsWith('vae') ? 'vae' : name)));
}

async function* networkRows({ device }: Setting, subject: Subject, network: NetworkName): AsyncGenerator<Row> {
  const { checkpoint, side } = subject;
  const run = (target: Target, runs: number) =>
    inChild(
      {
        kind: 'network',
        network: { checkpoint, network, target, side, rows: network.startsWith('vae') ? 1 : 2 },
        session: { provider: target.provider, threads: THREADS },
        ...{ runs, tell: true },
      },
      device,
    );
  const expected = await run({ provider: 'cpu', precision: 'F32' }, 1);
  for (const precision of device.computes) {
    const fusedAttention = device.attention.includes(precision);
    const done = await run({ provider: 'webgpu', precision, fusedAttention }, 3);
    const row = compared(done, expected);
    const dB = network === 'vae_decoder' && row.off !== null;
    yield {
      ...{ subject: subject.name, what: network, precision, ...row, ms: milliseconds(done.result?.seconds) },
      'PSNR dB': dB ? psnr(done.result!.output, expected.result!.output, PICTURE_RANGE) : null,
    };
  }
}

/** Each real shape by the provider's own operator and put together: its error, time and memory. */
async function* attentionRows({ device }: Setting, subject: Subject): AsyncGenerator<Row> {
  for (const shape of subject.attention) {
    const size = [2, ...shape] as const;
    const run = (provider: string, precision: Precision, fused: boolean, runs: number) =>
      inChild({ kind: 'attention', provider, precision, fused, size, runs }, device);
    const expected = await run('cpu', 'F32', true, 1);
    for (const precision of device.computes) {
      // Software takes minutes for the provider's own operator in half precision.
      for (const fused of device.software && precision === 'F16' ? [false] : [true, false]) {
        const done = await run('webgpu', precision, fused, 4);
        const { started, ran } = done.memory;
        yield {
          subject: subject.name,
          what: `attention ${shape.join('x')} ${fused ? 'own operator' : 'put together'}`,
          ...{ precision, ...compared(done, expected), ms: milliseconds(done.result?.seconds) },
          'peak MB': megabytes(ran?.peak && ran.peak - (started?.now ?? 0)),
        };
      }
    }
  }
}

/** Group normalization as one group of SD 1.5's finest level has it, with means of 0, 10 and 50 deviations. */
async function* normalizationRows({ device }: Setting): AsyncGenerator<Row> {
  const size = [2, 32, device.software ? 1024 : 10 * 64 * 64] as const;
  for (const mean of [0, 10, 50]) {
    const run = (provider: string, precision: Precision, moments: Precision) =>
      inChild({ kind: 'normalization', provider, precision, moments, size, mean }, device);
    const expected = await run('cpu', 'F32', 'F32');
    for (const precision of device.computes) {
      for (const moments of precision === 'F16' ? (['F16', 'F32'] as const) : (['F32'] as const)) {
        const done = await run('webgpu', precision, moments);
        const what = `group normalization, mean ${mean}, moments in ${moments}`;
        yield { subject: 'operator', what, precision, ...compared(done, expected) };
      }
    }
  }
}

function compared(done: Done, expected: Done): { off: number | null; failed: string | null } {
  if (!done.result || !expected.result) return { off: null, failed: done.error ?? `on the CPU: ${expected.error}` };
  return { off: distance(done.result.output, expected.result.output), failed: null };
}
