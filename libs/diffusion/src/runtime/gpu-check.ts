/**
 * Checks in a process of its own what a GPU provider is worth on this machine: a driver may crash or hang, and it must
 * not take the engine along. The networks' own operators run on the device and on the CPU, on the same random numbers.
 */
import { readFileSync } from 'node:fs';
import * as op from '../graph/operators.js';
import { Mt19937 } from '../random/mt19937.js';
import { computeGraph, distance, type Build } from './compute-graph.js';
import { endWithParent } from './lifeline.js';
import type { Values } from './session.js';
import type { Precision } from '../networks/weights.js';
import type { GpuFinding } from './gpu-proof.js';

/** How far a device may be off, as length of the difference relative to that of the CPU's float32. */
const MOST_OFF: Record<Precision, number> = { F32: 1e-4, F16: 2e-2 };
/** Attention is a few roundings of half precision only: an operator that leaves keys out is off by percents. */
const MOST_OFF_ATTENTION: Record<Precision, number> = { F32: 1e-4, F16: 5e-3 };
/** Sizes of attention: [heads, channels of a head, rows that ask, rows that are asked], as SD and SDXL have them. */
const ATTENTIONS = [
  [2, 40, 64, 77],
  [2, 64, 256, 256],
  [1, 80, 64, 77],
  [1, 160, 64, 64],
] as const;
/** Side of the matrices by which speed is compared: large enough that a card need not wait for orders. */
const LARGE = 1024;
const OPTIONS = { threads: 2 };
const on = (name: string) => ({ ...OPTIONS, provider: name });

const [, , provider = '', wanted] = process.argv;
const tell = (finding: GpuFinding) => void process.send!(finding);
const random = new Mt19937(1);
const values = (...shape: number[]): Values => ({
  data: Float32Array.from(
    { length: shape.reduce((product, n) => product * n, 1) },
    () => random.uint32() / 2 ** 31 - 1,
  ),
  shape,
});

/** What the layers of a network are made of, one behind the other. */
const layers: Build = ({ x, kernel, matrix, gain }) => {
  const y = op.silu(op.conv(x!, kernel!, undefined, { kernel: 3 })); // [1, 32, 16, 16]
  const moments = op.instanceNormalization(op.cast(op.reshape(y, [0, 8, -1, 0]), 'F32'), 8, 1e-5); // [1, 8, 64, 16]
  const rows = op.reshape(op.cast(op.reshape(moments, [0, 32, -1, 0]), y.type), [-1, 32]); // [256, 32]
  const change = op.gelu(op.linear(op.softmax(rows), matrix!)); // [256, 32]
  const { sum, normal } = op.addAndNormalize(change, change, gain!, gain!, 1e-5); // [256, 32] each
  return op.mul(sum, normal); // [256, 32]
};

async function isRight(precision: Precision): Promise<boolean> {
  const inputs = { x: values(1, 4, 16, 16), kernel: values(32, 4, 3, 3), matrix: values(32, 32), gain: values(32) };
  const [expected, actual] = [
    await computeGraph(on('cpu'), 'F32', inputs, layers),
    await computeGraph(on(provider), precision, inputs, layers),
  ];
  return distance(actual.data, expected.data) <= MOST_OFF[precision];
}

async function isAttentionRight(precision: Precision): Promise<boolean> {
  for (const [heads, size, rows, asked] of ATTENTIONS) {
    const width = heads * size;
    const inputs = { q: values(1, rows, width), k: values(1, asked, width), v: values(1, asked, width) };
    const build: Build = ({ q, k, v }) => op.attention(q!, k!, v!, heads);
    const [expected, actual] = [
      await computeGraph(on('cpu'), 'F32', inputs, build),
      await computeGraph(on(provider), precision, inputs, build),
    ];
    if (!(distance(actual.data, expected.data) <= MOST_OFF_ATTENTION[precision])) return false;
  }
  return true;
}

async function timesFaster(precision: Precision): Promise<number> {
  const inputs = { a: values(LARGE, LARGE), b: values(LARGE, LARGE) };
  const build: Build = ({ a, b }) => op.linear(op.linear(a!, b!), b!);
  const card = await computeGraph(on(provider), precision, inputs, build, 3);
  const cpu = await computeGraph(on('cpu'), 'F32', inputs, build, 3);
  return cpu.seconds / card.seconds;
}

/** Files of Vulkan drivers that this process has open. */
function openDrivers(): string[] {
  if (process.platform !== 'linux') return [];
  const names = readFileSync('/proc/self/maps', 'utf8').match(/lib(vulkan_|vk_|GLX_nvidia|nvidia-vk)[\w.-]+/g) ?? [];
  return [...new Set(names)].filter((name) => !name.startsWith('libvulkan.so'));
}

endWithParent();
try {
  if (!(await isRight('F32'))) throw new Error('it computes wrong numbers');
  tell({ computes: 'F32', drivers: openDrivers() });
  // A device without half precision refuses the first operator in it.
  const half = await isRight('F16').catch(() => false);
  if (half) tell({ computes: 'F16', drivers: openDrivers() });
  if (wanted === 'speed') tell({ timesFaster: await timesFaster(half ? 'F16' : 'F32') });
  for (const precision of ['F32', ...(half ? (['F16'] as const) : [])] as const) {
    if (await isAttentionRight(precision)) tell({ attention: precision });
  }
} catch (error) {
  // The runtime puts its source's file and condition in front of what went wrong.
  tell({ error: (error as Error).message.split('\n')[0]!.replace(/^.* was false\. /, '') });
}
tell({ finished: true });
