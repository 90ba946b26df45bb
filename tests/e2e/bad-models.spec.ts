/** Models and images that are wrong end a command in one sentence that names what was found, exit code 2, and no picture. */
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atelier } from '../support/cli.js';
import { copyGoldenModels, goldenInput } from '../support/golden-models.js';
import { changeTensors, fillTensor } from '../support/safetensors.js';

let folder: string;
const models = () => join(folder, 'models');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-bad-models-'));
  for (const name of ['models', 'home']) mkdirSync(join(folder, name));
  copyGoldenModels(models());
  for (const name of ['shapes-96x80', 'mask-96x64', 'edges-64x64'])
    copyFileSync(goldenInput(`${name}.png`), join(folder, `${name}.png`));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @param given flags, after the exit code if it is not that of bad input */
async function expectRefusal(sentence: RegExp, ...given: (number | string)[]): Promise<void> {
  const flags = given.filter((flag) => typeof flag === 'string');
  const exitCode = given.find((flag) => typeof flag === 'number') ?? 2;
  const { code, stdout, stderr } = await atelier(
    ['render', 'a red house', '--steps', '2', '--size', '64x64', '--output', 'out.png', ...flags],
    { cwd: folder, env: { ATELIER_MODELS: models(), ATELIER_HOME: join(folder, 'home') } },
  );
  const errors = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('warning:'));
  expect(errors).toEqual([expect.stringMatching(/^error: /)]);
  expect(errors[0]).toMatch(sentence);
  expect([code, stdout]).toEqual([exitCode, '']);
  expect(existsSync(join(folder, 'out.png'))).toBe(false);
}

/** A copy of the tiny checkpoint, changed. */
function damaged(name: string, change: (unet: string) => void): string[] {
  cpSync(join(models(), 'tiny'), join(models(), name), { recursive: true });
  change(join(models(), name, 'unet/diffusion_pytorch_model.safetensors'));
  return ['--model', name];
}

test.each<[string, RegExp, (unet: string) => void]>([
  [
    'a tensor missing',
    /conv_in\.weight/,
    (unet) =>
      changeTensors(unet, (header) => {
        header['conv_in.heavy'] = header['conv_in.weight']!;
        delete header['conv_in.weight'];
      }),
  ],
  [
    'a tensor of another shape',
    /conv_in\.bias.*\[?\d+\]?/,
    (unet) =>
      changeTensors(
        unet,
        (header) => void (header['conv_in.bias']!.shape = [header['conv_in.bias']!.shape[0]! / 2, 2]),
      ),
  ],
])('a checkpoint with %s', async (what, sentence, change) => {
  await expectRefusal(sentence, ...damaged(what.replaceAll(' ', '-'), change));
});

test('a checkpoint whose weights are no numbers has failed, not been asked wrongly', async () => {
  const flags = damaged('no-numbers', (unet) => fillTensor(unet, 'conv_out.bias', NaN));
  await expectRefusal(/the U-Net gave numbers that are no picture \(not finite\)/, 1, ...flags);
});

test('an adapter for another family of checkpoints', async () => {
  const tiny = ['--model', 'tiny'];
  await expectRefusal(/LoRA "kohya-xl" is for SDXL, the checkpoint "tiny" is SD 1/, ...tiny, '--lora', 'kohya-xl');
  await expectRefusal(
    /ControlNet or T2I-Adapter "tiny-control-xl" is for SDXL, the checkpoint "tiny" is SD 1/,
    ...tiny,
    ...['--control', 'tiny-control-xl=edges-64x64.png'],
  );
  await expectRefusal(/refiner "tiny-finer" is for SDXL's refiner/, ...tiny, '--refiner', 'tiny-finer');
});

test('a LoRA that matches nothing', async () => {
  copyFileSync(join(models(), 'style.safetensors'), join(models(), 'stranger.safetensors'));
  changeTensors(join(models(), 'stranger.safetensors'), (header) => {
    for (const name of Object.keys(header).filter((name) => name !== '__metadata__')) {
      header[`strange.${name}`] = header[name]!;
      delete header[name];
    }
  });
  await expectRefusal(/stranger/, '--model', 'tiny', '--lora', 'stranger');
});

test('an image that is damaged, no image, or unpacks to too much', async () => {
  const tiny = ['--model', 'tiny'];
  const png = readFileSync(join(folder, 'shapes-96x80.png'));
  writeFileSync(join(folder, 'half.png'), png.subarray(0, png.length >> 1));
  writeFileSync(join(folder, 'text.png'), 'no picture');
  writeFileSync(join(folder, 'bomb.png'), bomb(png));
  await expectRefusal(/initImage is .*half\.png, which cannot be taken/, ...tiny, '--init-image', 'half.png');
  await expectRefusal(/initImage is .*text\.png, which cannot be taken/, ...tiny, '--init-image', 'text.png');
  await expectRefusal(/bomb\.png, .*more than \d+ pixels/, ...tiny, '--init-image', 'bomb.png');
});

/** A PNG that says that it is 60,000 by 60,000 pixels. */
function bomb(png: Buffer): Buffer {
  const copy = Buffer.from(png);
  copy.writeUInt32BE(60_000, 16);
  copy.writeUInt32BE(60_000, 20);
  return copy;
}

test('a mask and an image of different sizes', async () => {
  const images = ['--init-image', 'shapes-96x80.png', '--mask', 'mask-96x64.png'];
  await expectRefusal(/mask is an image of 96x64 pixels, but initImage has 96x80/, '--model', 'tiny', ...images);
});
