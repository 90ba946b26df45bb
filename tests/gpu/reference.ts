/** The same U-Net by diffusers, on the same card where torch has one: eager, channels last and compiled. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/farm.js';
import type { Row, Subject } from './part.js';

const SCRIPT = join(root, 'tests/gpu/reference.py');
const LONGEST_MS = 30 * 60_000;

interface Told {
  version: string;
  device: string;
  precision: string;
  manner: string;
  pictures: number;
  ms: number | null;
  peakMB: number | null;
  failed: string | null;
}

/** @param python an interpreter that finds diffusers and torch */
export async function* referenceRows(
  python: string,
  subject: Subject,
  pictures: readonly number[],
): AsyncGenerator<Row> {
  const work = { unet: join(subject.checkpoint, 'unet'), side: subject.side, pictures };
  let stdout: string;
  try {
    const options = { timeout: LONGEST_MS, maxBuffer: 2 ** 24 };
    ({ stdout } = await promisify(execFile)(python, [SCRIPT, JSON.stringify(work)], options));
  } catch (error) {
    // The last line of Python's traceback says what is missing.
    const said = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    yield { subject: subject.name, what: 'diffusers', failed: said.split('\n').at(-1)! };
    return;
  }
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
    const { version, device, precision, manner, pictures: count, ms, peakMB, failed } = JSON.parse(line) as Told;
    const what = `U-Net with guidance, ${count} at once, diffusers ${version} ${manner} on ${device}`;
    yield { subject: subject.name, what, precision, ms, 'peak MB': peakMB, failed };
  }
}
