/** Bad input gets one clear sentence, the right exit code, and leaves nothing half-made. */
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  existsSync,
  readdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atelier, type CliResult } from '../support/cli.js';
import { root, startFarm, type Farm } from '../support/farm.js';

let farm: Farm;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-bad-'));
  farm = await startFarm({ agents: 1 });
});
afterAll(async () => {
  await farm?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One sentence on stderr, nothing of our insides, and the exit code of bad input. */
function expectRefusal(result: CliResult, sentence: RegExp) {
  expect(result.stderr).toMatch(sentence);
  expect(result.stderr).not.toMatch(/\n\s+at .*:\d+|node:internal|node_modules/);
  expect(result.code).toBe(2);
}

const jobs = async () => {
  const answer = (await (await fetch(`${farm.run().api}/api/v1/jobs`)).json()) as { items: unknown[] };
  return answer.items.length;
};

describe('a batch', () => {
  const valid = { kind: 'Batch', model: 'postcard', prompts: ['a red house'], steps: 2, size: '128x128' };
  const cases: [what: string, batch: unknown, sentence: RegExp, files?: Record<string, string>][] = [
    ['that is no YAML', 'kind: [Batch', /line 1/],
    ['with an unknown field', { ...valid, promts: ['x'] }, /promts.*prompts/s],
    ['of an unknown model', { ...valid, model: 'nowhere' }, /nowhere.*postcard/s],
    ['with an unknown sampler', { ...valid, sampler: 'eulr' }, /eulr.*euler/s],
    ['with a size that is no multiple of 8', { ...valid, size: '130x128' }, /130x128.*multiple/s],
    [
      'with 10^12 combinations',
      { ...valid, matrix: { seed: { from: 0, count: 1_000_000_000 }, steps: { from: 1, count: 1000 } } },
      /10,?000,?000/,
    ],
    [
      'whose prompt file lacks the column',
      { ...valid, prompts: undefined, promptsFile: { file: 'prompts.csv', column: 'Text' } },
      /Text.*Prompt/s,
      { 'prompts.csv': 'Prompt,Class\na red house,building\n' },
    ],
    ['whose prompt file is missing', { ...valid, prompts: undefined, promptsFile: { file: 'gone.txt' } }, /gone\.txt/],
    [
      'whose pictures would overwrite each other',
      { ...valid, matrix: { seed: [5], steps: [2, 3] }, output: { name: '{seed}-x' } },
      /output\.name/,
    ],
    ['whose pictures would leave their folder', { ...valid, output: { name: '../{index}' } }, /output\.name/],
  ];

  it.each(cases)('%s is refused', async (_, batch, sentence, files = {}) => {
    const before = await jobs();
    const file = join(folder, 'batch.yaml');
    writeFileSync(file, typeof batch === 'string' ? batch : JSON.stringify(batch));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const result = await atelier(['submit', file], { env: { ATELIER_SERVER: farm.run().api } });
    expectRefusal(result, sentence);
    expect(await jobs()).toBe(before);
  });

  it('that is malformed gets a problem document over REST', async () => {
    for (const [type, body, status] of [
      ['application/json', '{', 400],
      ['application/json', '{"kind":"Batch"}', 400],
      ['application/yaml', 'kind: [', 400],
      ['text/html', '<b>', 415],
    ] as const) {
      const answer = await fetch(`${farm.run().api}/api/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expect(answer.status, body).toBe(status);
      expect(answer.headers.get('content-type')).toMatch(/application\/problem\+json/);
      const problem = (await answer.json()) as { code: string; detail: string };
      expect(problem.code).toMatch(/^[a-z_]+$/);
      expect(problem.detail).not.toMatch(/\n\s+at /);
    }
  });
});

describe('a checkpoint', () => {
  const damaged = (name: string, damage: (unet: string) => void) => {
    const models = mkdtempSync(join(folder, 'models-'));
    cpSync(join(root, 'models/postcard'), join(models, name), { recursive: true });
    damage(join(models, name, 'unet/diffusion_pytorch_model.safetensors'));
    return models;
  };
  const render = (models: string, name: string) => {
    const file = join(folder, `${name}.png`);
    return atelier(['render', 'a red house', '--model', name, '--steps', '1', '--output', file], {
      env: { ATELIER_MODELS: models },
    });
  };

  it('that is truncated is refused', async () => {
    const models = damaged('short', (file) => truncateSync(file, 1_000_000));
    expectRefusal(await render(models, 'short'), /diffusion_pytorch_model\.safetensors/);
    expect(existsSync(join(folder, 'short.png'))).toBe(false);
  });

  it('that lies about a shape is refused', async () => {
    const models = damaged('liar', (file) => {
      const bytes = readFileSync(file);
      const length = Number(bytes.readBigUInt64LE(0));
      const header = bytes.subarray(8, 8 + length).toString();
      const lie = header.replace('"shape":[64,4,3,3]', '"shape":[64,5,3,3]');
      expect(lie).not.toBe(header);
      bytes.write(lie, 8);
      writeFileSync(file, bytes);
    });
    expectRefusal(await render(models, 'liar'), /conv_in\.weight/);
  });
});

describe('a second farm', () => {
  it('on the same data folder is refused, and the first goes on', async () => {
    const result = await atelier(['up', '--agents', '1', '--port', '0', '--data', farm.dataDir]);
    expectRefusal(result, /data folder|in use/);
    expect((await fetch(`${farm.run().api}/healthz`)).status).toBe(200);
  });

  it('on the same port is refused, and leaves nothing running', async () => {
    const data = mkdtempSync(join(folder, 'data-'));
    const port = new URL(farm.run().api).port;
    expectRefusal(await atelier(['up', '--agents', '1', '--port', port, '--data', data]), new RegExp(port));
    expect(readdirSync(data)).not.toContain('run.json');
  });
});

describe('an agent', () => {
  const join_ = (token: string) =>
    atelier(['agent', '--join', farm.run().grpc, '--data', mkdtempSync(join(folder, 'agent-'))], {
      env: { ATELIER_JOIN_TOKEN: token },
      timeoutMs: 120_000,
    });
  const token = async () =>
    (
      JSON.parse((await atelier(['token', '--json'], { env: { ATELIER_SERVER: farm.run().api } })).stdout) as {
        token: string;
      }
    ).token;

  it('with a token that is none is refused', async () => expectRefusal(await join_('hello'), /token/));
  it('with a wrong secret is refused', async () => {
    const [version, id, secret, pin] = (await token()).split('.');
    expectRefusal(
      await join_([version, id, secret!.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')), pin].join('.')),
      /token/,
    );
  });
  it('with a wrong pin is refused before it says its secret', async () => {
    const [version, id, secret, pin] = (await token()).split('.');
    expectRefusal(
      await join_([version, id, secret, pin!.replace(/^./, (c) => (c === 'a' ? 'b' : 'a'))].join('.')),
      /pin|authority|certificate/,
    );
  });
});
