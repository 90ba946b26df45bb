/** What is wrong with the user's input ends in one sentence, exit code 2 and nothing half-made. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const bin = join(root, 'apps/cli/bin/atelier.js');

let folder: string;
let home: string;
let server: Server;
let port: number;
/** What reached the server: nothing should. */
let requests: string[];

beforeAll(async () => {
  server = createServer(({ method, url }, response) => {
    requests.push(`${method} ${url}`);
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());
beforeEach(() => {
  requests = [];
  folder = mkdtempSync(join(tmpdir(), 'atelier-bad-'));
  home = mkdtempSync(join(tmpdir(), 'atelier-home-'));
});
afterEach(() => [folder, home].forEach((each) => rmSync(each, { recursive: true })));

async function atelier(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      ATELIER_SERVER: `http://127.0.0.1:${port}`,
      ATELIER_HOME: home,
      ATELIER_MODELS: join(root, 'models'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** One line on stderr that begins with `error:`, none on stdout, exit code 2. */
async function expectRefusal(args: string[], sentence: RegExp, environment: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await atelier(args, environment);
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toMatch(sentence);
  expect([code, stdout]).toEqual([2, '']);
}

describe('a batch', () => {
  const valid = { kind: 'Batch', model: 'postcard', prompts: ['a red house'], steps: 2, size: '128x128' };
  const table = 'Prompt,Class\na red house,building\n';
  const fromTable = (column: string, file = 'prompts.csv') => ({
    ...valid,
    prompts: undefined,
    promptsFile: { file, column },
  });

  test.each<[string, unknown, RegExp]>([
    ['that is no YAML', 'kind: [Batch', /line 1/],
    ['that is no batch', '[1, 2]', /kind: Batch/],
    ['with a misspelt field', { ...valid, promts: [] }, /promts.*prompts/],
    ['with an unknown sampler', { ...valid, sampler: 'eulr' }, /eulr.*euler/],
    ['with a size that is no multiple of 8', { ...valid, size: '130x128' }, /130x128.*multiples of 8/],
    ['with 10^12 combinations', { ...valid, matrix: { seed: { from: 0, count: 1e12 } } }, /10,?000,?000/],
    ['with an unknown field in its names', { ...valid, output: { name: '{index}-{sead}' } }, /output\.name.*sead/],
    [
      'whose prompt file is missing',
      fromTable('Prompt', 'gone.csv'),
      /gone\.csv cannot be read: there is no such file/,
    ],
    ['whose prompt file lacks the column', fromTable('Text'), /Text.*Prompt/],
    ['whose prompt file is of no known kind', fromTable('Prompt', 'prompts.xlsx'), /\.txt, \.csv, \.tsv, \.jsonl/],
  ])('%s reaches no farm', async (_, batch, sentence) => {
    writeFileSync(join(folder, 'batch.yaml'), typeof batch === 'string' ? batch : JSON.stringify(batch));
    writeFileSync(join(folder, 'prompts.csv'), table);
    writeFileSync(join(folder, 'prompts.xlsx'), table);
    await expectRefusal(['submit', 'batch.yaml'], sentence);
    expect(requests).toEqual([]);
  });

  test('that is no file is refused', async () => {
    await expectRefusal(['submit', 'none.yaml'], /none\.yaml cannot be read: there is no such file/);
    await expectRefusal(['estimate', '.'], /cannot be read: it is a folder/);
  });
});

describe('a picture', () => {
  const render = (...flags: string[]) => ['render', 'a red house', '--steps', '1', '--output', 'house.png', ...flags];

  test.each<[string[], RegExp]>([
    [['--model', 'nowhere'], /no checkpoint "nowhere".*postcard/],
    [['--lora', 'nothing@0.5'], /no lora "nothing".*postcard-lcm-lora/],
    [['--size', '130x128'], /130x128.*multiples of 8/],
    [['--sampler', 'eulr'], /eulr.*euler/],
    [['--seed', 'x'], /--seed is "x"/],
    [['--output', 'house.bmp'], /must end in \.png/],
    [['--provider', 'abacus'], /abacus/],
    [['--precision', 'fp16'], /argument 'fp16' is invalid. Allowed choices are auto, F32, F16/],
    [['--provider', 'cpu', '--precision', 'F16'], /float16 needs a graphics card/],
    [['--hires', '1'], /hires\.scale is 1; it takes a number above 1 and at most 8/],
    [['--upscale', 'esrgan'], /no upscaler "esrgan"/],
    [['--frames', '8'], /--frames is about a clip; --motion names its motion module/],
    [['--motion', 'sway', '--output', 'house.png'], /a clip must end in \.webp, \.gif, \.mp4/],
    [['--variation', '7'], /--variation is "7"; it takes SEED@STRENGTH/],
    [['--init-image', 'x.png'], /initImage x\.png cannot be read: there is no such file/],
    [['--mask', 'x.png'], /--mask is about the picture of --init-image, which is missing/],
    [['--strength', '0.5'], /--strength is about the picture of --init-image, which is missing/],
    [['--control', 'canny'], /--control is "canny"; it takes NAME=FILE or NAME=FILE@SCALE/],
    [['--control', 'canny=x.png'], /no controlnet or t2i-adapter "canny"/],
    [['--embedding', 'toy'], /no embedding "toy"/],
    [['--resize', 'squeeze'], /squeeze.*stretch, crop, pad/],
    [['--guidance-rescale', '2'], /guidanceRescale is 2; it takes a number from 0 to 1/],
  ])('with %j is refused', async (flags, sentence) => {
    await expectRefusal(render(...flags), sentence);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that exists is not overwritten', async () => {
    writeFileSync(join(folder, 'house.png'), 'mine');
    await expectRefusal(render(), /house\.png exists; --force overwrites it/);
    expect(readFileSync(join(folder, 'house.png'), 'utf8')).toBe('mine');
  });
});

describe('a checkpoint', () => {
  const unet = 'damaged/unet/diffusion_pytorch_model.safetensors';
  const render = ['render', 'a red house', '--model', 'damaged', '--steps', '1', '--output', 'house.png'];
  const copy = () => cpSync(join(root, 'models/postcard'), join(folder, 'damaged'), { recursive: true });

  test('that is cut off is refused', async () => {
    copy();
    truncateSync(join(folder, unet), 1_000_000);
    await expectRefusal(render, /diffusion_pytorch_model\.safetensors/, { ATELIER_MODELS: folder });
    expect(readdirSync(folder)).toEqual(['damaged']);
  });

  test('that lies about a shape is refused', async () => {
    copy();
    const bytes = readFileSync(join(folder, unet));
    const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString();
    const lie = header.replace('"shape":[64,4,3,3]', '"shape":[64,5,3,3]');
    expect(lie).not.toBe(header);
    bytes.write(lie, 8);
    writeFileSync(join(folder, unet), bytes);
    await expectRefusal(render, /conv_in\.weight/, { ATELIER_MODELS: folder });
    expect(readdirSync(folder)).toEqual(['damaged']);
  });
});

describe('a farm', () => {
  test('on a port that is taken is refused before anything is made', async () => {
    await expectRefusal(['up', '--port', String(port), '--data', 'data'], new RegExp(`port ${port}.*--port`));
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string[], RegExp]>([
    [['--port', '70000'], /--port is "70000"/],
    [['--agents', 'two'], /--agents is "two"/],
  ])('with %j is refused', (flags, sentence) => expectRefusal(['up', ...flags], sentence));

  test('with a model folder that is none is refused', () =>
    expectRefusal(['up', '--port', '0'], /ATELIER_MODELS names .*none, which is no folder/, {
      ATELIER_MODELS: join(folder, 'none'),
    }));

  test.skipIf(process.getuid?.() === 0)('on a folder that cannot be written is refused', async () => {
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o500);
    await expectRefusal(['up', '--port', '0', '--data', 'closed/data'], /closed/);
  });
});

describe('goldens', () => {
  test('in a folder without any are refused', () => expectRefusal(['golden', '.'], /no golden case at or below \./));
  test('in a folder that is none are refused', () => expectRefusal(['golden', 'nowhere'], /nowhere/));
});
