/** The questions of docs/gpu.md, asked anew on any machine with a graphics card. */
import { graphicsCards, proveGpu } from '@atelier/diffusion/testing';
import type { Benchmark, Report } from '../bench/harness.js';
import { accuracy } from './accuracy.js';
import { memory } from './memory.js';
import type { Device, Part } from './part.js';
import { picture } from './picture.js';
import { providers } from './providers.js';
import { speed } from './speed.js';
import { withSubjects } from './subjects.js';
import { swaps } from './swaps.js';

const PARTS: readonly Part[] = [providers, picture, accuracy, memory, speed, swaps];
/** Software takes hours for a network of full size. */
const [ON_SOFTWARE, ON_A_CARD] = ['demo', 'demo,sd1.5,sdxl'];

export const gpu: Benchmark = {
  name: 'gpu',
  about: `a graphics card: ${PARTS.map(({ name }) => name).join(', ')} (--instance NAME; --shape demo,sd1.5,sdxl; --reference PYTHON)`,
  async run({ instance, shape, reference }) {
    const parts = PARTS.filter(({ name }) => instance === undefined || name === instance);
    if (parts.length === 0)
      fail(`there is no part "${instance}": there are ${PARTS.map(({ name }) => name).join(', ')}`);
    const device = await openDevice();
    const rows: Report['rows'] = [];
    const names = (shape ?? (device.software ? ON_SOFTWARE : ON_A_CARD)).split(',');
    await withSubjects(names, async (subjects) => {
      for (const part of parts) {
        console.error(`${part.name}: ${part.about}, on ${device.name}`);
        for await (const row of part.run({ device, subjects, ...(reference !== undefined && { reference }) })) {
          rows.push({ device: device.name, question: part.name, ...row });
          console.error(`  ${JSON.stringify(row)}`);
        }
      }
    }).catch((error: Error) => fail(error.message));
    return { rows, goals: [] };
  },
};

/** The device that WebGPU opens, once it is known what it computes rightly. Ends the program where there is none. */
async function openDevice(): Promise<Device> {
  const [proof, [card]] = await Promise.all([proveGpu('webgpu', { onlyHardware: false }), graphicsCards()]);
  if (proof.computes.length === 0) {
    fail(`WebGPU finds no device on this machine that computes: ${proof.error ?? 'no reason was given'}`);
  }
  const software = proof.software !== null;
  const name = proof.software === null ? (card?.name ?? 'a card that nothing names') : `${proof.software} on the CPU`;
  return { name, software, computes: proof.computes, attention: proof.attention };
}

function fail(sentence: string): never {
  console.error(`error: ${sentence}`);
  process.exit(1);
}
