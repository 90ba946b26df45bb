/** Whatever the engine can draw from other pictures, an artist reaches through a farm: with the pictures that one machine draws. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPngText } from '@atelier/diffusion';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atelier } from '../support/cli.js';
import { startFarm, type Farm } from '../support/farm.js';
import { copyGoldenModels, goldenInput } from '../support/golden-models.js';

interface Entry {
  index: number;
  file: string;
  sha256: string;
  pixelSha256: string;
  seed: number;
  withheld?: true;
}

let folder: string;
let farm: Farm;
const environment = () => ({
  ATELIER_SERVER: farm.run().api,
  ATELIER_MODELS: join(folder, 'models'),
  ATELIER_HOME: join(folder, 'home'),
});
const cli = (...args: string[]) => atelier(args, { cwd: folder, env: environment() });
const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

const start = (env: NodeJS.ProcessEnv = {}) =>
  startFarm({
    dataDir: join(folder, 'farm'),
    env: { ATELIER_MODELS: join(folder, 'models'), ATELIER_HOME: join(folder, 'home'), ...env },
  });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-pictures-'));
  for (const name of ['models', 'home', 'in']) mkdirSync(join(folder, name));
  copyGoldenModels(join(folder, 'models'));
  for (const name of ['shapes-96x80', 'mask-96x80', 'edges-64x64', 'waves-96x64'])
    copyFileSync(goldenInput(`${name}.png`), join(folder, 'in', `${name}.png`));
  farm = await start();
});
afterAll(async () => {
  await farm?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Submits a batch and gives its manifest, after every file was compared with it. */
async function drawn(name: string, batch: object): Promise<Entry[]> {
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ kind: 'Batch', ...batch }));
  const { code, stderr } = await cli('submit', `${name}.json`, '--watch', '--output', name);
  expect(code, stderr).toBe(0);
  const entries = JSON.parse(readFileSync(join(folder, name, 'manifest.json'), 'utf8')) as Entry[];
  for (const { file, sha256: hash, withheld } of entries)
    if (!withheld) expect(sha256(join(folder, name, file)), file).toBe(hash);
  return entries;
}

/** The hash of the picture that one machine draws. */
async function rendered(...flags: string[]): Promise<string> {
  const { code, stderr, stdout } = await cli(
    'render',
    'a red house',
    '--json',
    '--force',
    '--output',
    'one.png',
    ...flags,
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('pixelSha256');
  return sha256(join(folder, 'one.png'));
}

const common = { prompts: ['a red house'], steps: 3, guidance: 2, sampler: 'ddim', size: '64x64' };
const flags = ['--steps', '3', '--guidance', '2', '--sampler', 'ddim', '--size', '64x64'];

test('inpainting that follows a ControlNet gives the bytes of one machine', async () => {
  const entries = await drawn('inpaint', {
    ...common,
    model: 'tiny',
    initImage: 'in/shapes-96x80.png',
    mask: 'in/mask-96x80.png',
    maskBlur: 2,
    control: [{ model: 'tiny-control', image: 'in/edges-64x64.png', scale: 0.8 }],
    matrix: { strength: [0.7, 1], seed: [5] },
    output: { name: '{strength}' },
  });
  expect(entries.map(({ file }) => file)).toEqual(['0.7.png', '1.png']);
  const alike = [
    '--model',
    'tiny',
    '--seed',
    '5',
    '--init-image',
    'in/shapes-96x80.png',
    '--mask',
    'in/mask-96x80.png',
  ];
  const more = ['--mask-blur', '2', '--control', 'tiny-control=in/edges-64x64.png@0.8'];
  for (const { file, sha256: hash } of entries)
    expect(await rendered(...flags, ...alike, ...more, '--strength', file.replace('.png', ''))).toBe(hash);

  const { parameters, atelier: own } = readPngText(readFileSync(join(folder, 'inpaint/0.7.png')));
  expect(parameters).toContain('Denoising strength: 0.7, Mask blur: 2');
  expect(parameters).toMatch(/ControlNet 0: "Module: none, Model: tiny-control \[[0-9a-f]{10}\], Weight: 0\.8/);
  expect(JSON.parse(own!)).toMatchObject({
    initImage: sha256(join(folder, 'in/shapes-96x80.png')),
    mask: sha256(join(folder, 'in/mask-96x80.png')),
    control: [{ name: 'tiny-control', image: sha256(join(folder, 'in/edges-64x64.png')) }],
  });
});

test.each<[string, object, string[]]>([
  [
    'a masked part alone, by a checkpoint with nine channels',
    { model: 'tiny-painter', initImage: 'in/shapes-96x80.png', mask: 'in/mask-96x80.png', maskedOnly: { padding: 4 } },
    [
      '--model',
      'tiny-painter',
      '--init-image',
      'in/shapes-96x80.png',
      '--mask',
      'in/mask-96x80.png',
      '--masked-only',
      '4',
    ],
  ],
  [
    'a T2I-Adapter and an embedding',
    {
      model: 'tiny',
      control: [{ model: 'tiny-sketch', image: 'in/shapes-96x80.png', preprocess: 'canny' }],
      embeddings: ['midstyle'],
      resize: 'stretch',
    },
    [
      ...['--model', 'tiny', '--control', 'tiny-sketch=in/shapes-96x80.png', '--preprocess', 'canny'],
      ...['--embedding', 'midstyle', '--resize', 'stretch'],
    ],
  ],
  [
    "SDXL's refiner",
    { model: 'tiny-xl', refiner: { model: 'tiny-finer', switchAt: 0.6 }, sampler: 'euler' },
    ['--model', 'tiny-xl', '--refiner', 'tiny-finer@0.6', '--sampler', 'euler'],
  ],
  [
    'a depth map',
    { model: 'tiny-far', initImage: 'in/shapes-96x80.png', depthMap: 'in/waves-96x64.png' },
    ['--model', 'tiny-far', '--init-image', 'in/shapes-96x80.png', '--depth-map', 'in/waves-96x64.png'],
  ],
  [
    'an IP-Adapter, an upscaler and restored faces',
    {
      model: 'tiny',
      ipAdapters: [{ model: 'tiny-likeness', encoder: 'tiny-eye', image: 'in/shapes-96x80.png', scale: 0.8 }],
      upscale: { model: 'tiny-esrgan' },
      faces: { model: 'tiny-faces', detector: 'tiny-finder', visibility: 0.5 },
    },
    [
      ...['--model', 'tiny', '--ip-adapter', 'tiny-likeness=in/shapes-96x80.png@0.8', '--image-encoder', 'tiny-eye'],
      ...['--upscale', 'tiny-esrgan', '--faces', 'tiny-faces@0.5', '--face-detector', 'tiny-finder'],
    ],
  ],
  [
    'a picture that is changed as a prompt says',
    { model: 'tiny-editor', initImage: 'in/shapes-96x80.png', sampler: 'euler' },
    ['--model', 'tiny-editor', '--init-image', 'in/shapes-96x80.png', '--sampler', 'euler'],
  ],
])('%s gives the bytes of one machine', async (name, batch, more) => {
  const [entry] = await drawn(name.replaceAll(/\W+/g, '-'), { ...common, ...batch, seed: 5 });
  expect(await rendered(...flags, '--seed', '5', ...more)).toBe(entry!.sha256);
});

test('a picture drawn twice, then enlarged, gives the bytes of one machine', async () => {
  const batch = {
    model: 'tiny',
    seed: 5,
    hires: { scale: 1.5, strength: 0.7 },
    upscale: { model: 'lanczos', scale: 2 },
  };
  const [entry] = await drawn('larger', { ...common, ...batch });
  const more = ['--model', 'tiny', '--seed', '5', '--hires', '1.5', '--upscale', 'lanczos@2'];
  expect(await rendered(...flags, ...more)).toBe(entry!.sha256);
  expect(readFileSync(join(folder, 'larger', entry!.file)).readUInt32BE(16)).toBe(192);
});

test('super resolution of the first latent diffusion gives the bytes of one machine', async () => {
  const batch = { model: 'tiny-first', initImage: 'in/shapes-96x80.png', size: undefined, guidance: 1, seed: 5 };
  const [entry] = await drawn('super', { ...common, ...batch });
  const plain = ['--steps', '3', '--guidance', '1', '--sampler', 'ddim', '--seed', '5'];
  expect(await rendered(...plain, '--model', 'tiny-first', '--init-image', 'in/shapes-96x80.png')).toBe(entry!.sha256);
  const file = readFileSync(join(folder, 'super', entry!.file));
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([384, 256]);
});

test('a small picture drawn again, larger, gives the bytes of one machine', async () => {
  const batch = { model: 'tiny-enlarger', initImage: 'in/edges-64x64.png', noiseLevel: 30, seed: 5 };
  const [entry] = await drawn('enlarged', { ...common, size: undefined, ...batch });
  const more = ['--model', 'tiny-enlarger', '--seed', '5', '--init-image', 'in/edges-64x64.png', '--noise-level', '30'];
  expect(await rendered(...flags.slice(0, flags.indexOf('--size')), ...more)).toBe(entry!.sha256);
});

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
test.skipIf(!hasFfmpeg)('a clip is an MP4 film where ffmpeg is installed', async () => {
  const frames = { motion: 'tiny-motion', count: 3, format: 'mp4' };
  const [entry] = await drawn('film', { ...common, model: 'tiny', seed: 5, frames });
  expect(entry!.file).toBe('0000-5.mp4');
  expect(readFileSync(join(folder, 'film', entry!.file)).toString('latin1', 4, 8)).toBe('ftyp');
});

test('a clip is one task and one file, the same as one machine draws', async () => {
  const [entry] = await drawn('clip', {
    ...common,
    model: 'tiny',
    seed: 5,
    frames: { motion: 'tiny-motion', count: 4, format: 'gif' },
  });
  expect(entry!.file).toBe('0000-5.gif');
  const more = ['--model', 'tiny', '--seed', '5', '--motion', 'tiny-motion', '--frames', '4', '--output', 'one.gif'];
  const { code, stderr } = await cli('render', 'a red house', ...flags, ...more);
  expect(code, stderr).toBe(0);
  expect(sha256(join(folder, 'one.gif'))).toBe(entry!.sha256);
});

test('a column of a prompt file names the picture that each row begins from', async () => {
  writeFileSync(
    join(folder, 'rows.csv'),
    'prompt,initImage\na red house,in/shapes-96x80.png\na red house,in/waves-96x64.png\n',
  );
  const entries = await drawn('rows', {
    ...common,
    prompts: undefined,
    promptsFile: { file: 'rows.csv' },
    model: 'tiny',
    seed: 5,
  });
  expect(entries[0]!.sha256).toBe(
    await rendered(...flags, '--model', 'tiny', '--seed', '5', '--init-image', 'in/shapes-96x80.png'),
  );
  expect(new Set(entries.map(({ sha256: hash }) => hash)).size).toBe(2);
});

async function post(batch: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${farm.run().api}/api/v1/jobs`, {
    method: 'POST',
    // A connection that was idle may be closed by the farm just when it is taken again.
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ kind: 'Batch', ...common, model: 'tiny', ...batch }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test('over REST images are hashes or data URIs, and nothing else', async () => {
  const uri = `data:image/png;base64,${readFileSync(join(folder, 'in/edges-64x64.png')).toString('base64')}`;
  const taken = await post({ initImage: uri, seed: 5 });
  expect(taken.status).toBe(201);
  const job = JSON.parse((await cli('job', String(taken.body.id), '--json')).stdout) as { batch: string };
  expect(JSON.parse(job.batch)).toMatchObject({ initImage: sha256(join(folder, 'in/edges-64x64.png')) });

  const refusals: [object, number, string, RegExp][] = [
    [{ initImage: '/etc/passwd' }, 400, 'initImage', /no file of anybody's disk is read here/],
    [{ initImage: 'a'.repeat(64) }, 400, 'initImage', /which was not uploaded/],
    [{ control: [{ model: 'tiny-control', image: 'x' }] }, 400, 'control[0].image', /no file of anybody's disk/],
    [{ initImage: 'data:image/png;base64,aGFsbG8=' }, 400, 'initImage', /data URI that cannot be taken/],
    [
      { control: [{ model: 'tiny-control-xl', image: uri }] },
      422,
      'control',
      /is for SDXL, the checkpoint "tiny" is SD 1/,
    ],
    [{ refiner: { model: 'tiny-finer' } }, 422, 'refiner', /is for SDXL's refiner, the checkpoint "tiny" is SD 1/],
    [
      { model: 'tiny-painter', initImage: uri },
      422,
      'mask',
      /"tiny-painter" repaints parts of pictures; .* give it mask/,
    ],
    [{ model: 'tiny-far' }, 422, 'depthMap', /"tiny-far" draws by depth; the batch must give it depthMap/],
    [{ model: 'tiny-editor' }, 422, 'initImage', /"tiny-editor" changes the whole of a picture as prompts say/],
    [{ model: 'tiny-first', size: undefined }, 422, 'initImage', /"tiny-first" draws the whole of a picture again/],
    [{ depthMap: uri }, 422, 'depthMap', /"tiny" draws what its prompt says; it does not go with depthMap/],
    [{ control: [{ model: 'nothing', image: uri }] }, 422, '', /No ControlNet or T2I-Adapter is called "nothing"/],
  ];
  for (const [batch, status, where, sentence] of refusals) {
    const refused = await post(batch);
    expect([refused.status, refused.body.where ?? '']).toEqual([status, where]);
    expect(refused.body.detail).toMatch(sentence);
  }
});

test('what the safety checker flags is a result that is counted and never shown', async () => {
  await farm.stop();
  farm = await start({ ATELIER_SAFETY_CHECKER: 'tiny-guard' });
  const entries = await drawn('withheld', { ...common, model: 'tiny', seed: 5 });
  expect(entries).toMatchObject([{ index: 0, withheld: true }]);
  expect(readdirSync(join(folder, 'withheld'))).toEqual(['manifest.json']);

  const [job] = JSON.parse((await cli('jobs', '--json')).stdout) as { id: string; state: string; counts: object }[];
  expect(job).toMatchObject({ state: 'completed', counts: { succeeded: 1, withheld: 1 } });
  for (const what of ['content', 'thumbnail']) {
    const answer = await fetch(`${farm.run().api}/api/v1/artifacts/${entries[0]!.sha256}/${what}`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, 'content_withheld']);
  }
  const change = async (safety: string | null) => {
    const answer = await fetch(`${farm.run().api}/api/v1/projects/trusted`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ safety }),
    });
    expect(await answer.json()).toMatchObject({ name: 'trusted', safety });
  };
  const trusted = { ...common, model: 'tiny', seed: 5, project: 'trusted' };
  await change('off');
  const [unjudged] = await drawn('unjudged', trusted);
  expect(unjudged).not.toHaveProperty('withheld');
  expect(unjudged!.pixelSha256).toBe(entries[0]!.pixelSha256);
  await change(null);
  expect(await drawn('judged', trusted)).toMatchObject([{ withheld: true }]);

  const again = await post({ initImage: entries[0]!.sha256 });
  expect([again.status, again.body.detail]).toEqual([400, expect.stringContaining('which is withheld')]);
});
