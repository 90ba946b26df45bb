import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import type { Raster } from '../image/raster.js';
import { createRenderer } from './renderer.js';
import type { RenderedPicture, RenderRequest } from './types.js';

const goldens = fileURLToPath(new URL('../../../../tests/goldens/', import.meta.url));
const renderer = await createRenderer({ provider: 'cpu', threads: 2 });
afterAll(() => renderer.release());

const BASE: RenderRequest = {
  checkpoint: `${goldens}pipelines/sd1/model`,
  ...{ steps: 2, guidanceScale: 4, width: 64, height: 64 },
  pictures: [{ prompt: 'a cat', seed: 7 }],
};
const ESRGAN = `${goldens}models/esrgan/realesrgan-x2.safetensors`;

async function render(changes: Partial<RenderRequest>): Promise<RenderedPicture[]> {
  return (await renderer.render({ ...BASE, ...changes })).pictures;
}

const sizeOf = ({ width, height }: Raster) => [width, height];
const picture = (width: number, height: number): Raster => ({
  ...{ width, height },
  pixels: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 37) % 256),
});
const distance = (a: Raster, b: Raster) =>
  a.pixels.reduce((sum, value, i) => sum + Math.abs(value - b.pixels[i]!), 0) / a.pixels.length;

describe('pictures are enlarged', () => {
  test.each([
    ['by a filter', {}, [128, 128]],
    ['by an upscaler', { path: ESRGAN }, [128, 128]],
    ['by an upscaler to another scale', { path: ESRGAN, scale: 3 }, [192, 192]],
    ['four times', { path: `${goldens}models/esrgan/esrgan-x4.safetensors` }, [256, 256]],
  ])('%s', async (_, upscale, size) => {
    const [enlarged] = await render({ upscale });
    expect(sizeOf(enlarged!)).toEqual(size);
  });
});

describe('a picture is drawn twice, the second time larger', () => {
  test.each(['latent', 'lanczos', ESRGAN])('enlarged by %s', async (upscaler) => {
    const [once] = await render({});
    const [twice, other] = await render({
      hires: { scale: 1.5, steps: 2, strength: 0.5, upscaler },
      pictures: [...BASE.pictures, { prompt: 'a dog', seed: 8 }],
    });
    expect(sizeOf(once!)).toEqual([64, 64]);
    expect(sizeOf(twice!)).toEqual([96, 96]);
    expect(other!.pixelSha256).not.toBe(twice!.pixelSha256);
    const [alone] = await render({ hires: { scale: 1.5, steps: 2, strength: 0.5, upscaler } });
    expect(distance(alone!, twice!)).toBeLessThan(1);
  });
});

describe('faces', () => {
  const restorer = `${goldens}models/faces/gfpgan-half.safetensors`;
  const detector = `${goldens}models/faces/retinaface-resnet.safetensors`;

  test('are restored where the whole picture is one, as much as is asked, and after it is enlarged', async () => {
    const [plain] = await render({});
    const [restored] = await render({ faces: { path: restorer } });
    const [half] = await render({ faces: { path: restorer, visibility: 0.5 } });
    const between = plain!.pixels.map((value, i) => Math.round((value + restored!.pixels[i]!) / 2));
    expect(distance(restored!, plain!)).toBeGreaterThan(10);
    expect(distance(half!, { ...half!, pixels: between })).toBeLessThan(1);
    const [large] = await render({ faces: { path: restorer }, upscale: { scale: 2 } });
    expect(sizeOf(large!)).toEqual([128, 128]);
  });

  // A detector of random weights is sure of faces anywhere.
  test('are restored where a detector finds them', async () => {
    const [[plain], [whole]] = [await render({}), await render({ faces: { path: restorer } })];
    const [found] = await render({ faces: { path: restorer, detector } });
    expect(distance(found!, plain!)).toBeGreaterThan(0);
    expect(distance(found!, whole!)).toBeGreaterThan(1);
  });

  test.each([
    [{ path: detector }, /no restorer of faces that the engine can run/],
    [{ path: restorer, detector: restorer }, /no detector of faces that the engine can run/],
    [{ path: restorer, visibility: 2 }, /faces.visibility/],
  ])('%j are refused', async (faces, sentence) => {
    await expect(render({ faces })).rejects.toThrow(sentence);
  });
});

test('a picture is like another as much as is asked', async () => {
  const prompt = (scale: number) => ({
    imagePrompts: [
      {
        path: `${goldens}pipelines/ip-adapter/models`,
        encoder: `${goldens}pipelines/ip-adapter`,
        images: [picture(40, 30), picture(30, 30)],
        scale,
      },
    ],
  });
  const [[plain], [unseen], [seen]] = [await render({}), await render(prompt(0)), await render(prompt(1))];
  expect(distance(plain!, unseen!)).toBeLessThan(1);
  expect(distance(plain!, seen!)).toBeGreaterThan(1);
});

describe('a clip', () => {
  const motion = `${goldens}pipelines/animatediff/motion_adapter`;

  test('is one file that moves, of the frames asked for', async () => {
    const [drawn] = await render({ frames: { motion, count: 4, fps: 10, format: 'webp' } });
    expect(drawn!.clip).toMatchObject({ format: 'webp', frames: 4, fps: 10 });
    const info = await sharp(drawn!.clip!.files[0], { animated: true }).metadata();
    expect(info).toMatchObject({ format: 'webp', pages: 4, width: 64, pageHeight: 64, delay: [100, 100, 100, 100] });
  });

  test('is refused beyond the places that its motion modules know', async () => {
    await expect(render({ frames: { motion, count: 33 } })).rejects.toThrow(
      'A clip of 33 frames is not possible; the motion modules know places for 1 to 32.',
    );
  });
});

describe('variation seeds', () => {
  const varied = (strength: number) => [{ ...BASE.pictures[0]!, variation: { seed: 8, strength } }];

  test('leave, mix and replace the noise of a picture', async () => {
    const [own] = await render({});
    const [other] = await render({ pictures: [{ ...BASE.pictures[0]!, seed: 8 }] });
    const [[none], [half], [all]] = [
      await render({ pictures: varied(0) }),
      await render({ pictures: varied(0.5) }),
      await render({ pictures: varied(1) }),
    ];
    expect(distance(own!, none!)).toBeLessThan(1);
    expect(distance(other!, all!)).toBeLessThan(1);
    expect(distance(own!, half!)).toBeGreaterThan(1);
    expect(distance(other!, half!)).toBeGreaterThan(1);
  });
});

test('textures go on at their other side', async () => {
  const [texture] = await render({ seamless: true, width: 128, height: 64 });
  const [plain] = await render({ width: 128, height: 64 });
  expect(distance(texture!, plain!)).toBeGreaterThan(1);
});

test('an upscaler draws a small picture again', async () => {
  const [drawn] = await render({
    checkpoint: `${goldens}pipelines/sd-x4-upscaler/model`,
    initImage: picture(24, 16),
    noiseLevel: 30,
    width: undefined,
    height: undefined,
  });
  expect(sizeOf(drawn!)).toEqual([96, 64]);
});

describe('a checkpoint for instructions', () => {
  const of: Partial<RenderRequest> = {
    checkpoint: `${goldens}pipelines/instruct-pix2pix/model`,
    initImage: picture(64, 64),
  };

  test('changes a picture, by as much guidance as is asked', async () => {
    const [usual] = await render(of);
    const [same, dog] = await render({
      ...{ ...of, imageGuidance: 1.5 },
      pictures: [BASE.pictures[0]!, { prompt: 'a dog', seed: 8 }],
    });
    const [nearer] = await render({ ...of, imageGuidance: 3 });
    const [ofOther] = await render({ ...of, initImage: picture(80, 64) });
    expect(sizeOf(usual!)).toEqual([64, 64]);
    expect(distance(usual!, same!)).toBeLessThan(1);
    for (const other of [dog, nearer, ofOther]) expect(distance(usual!, other!)).toBeGreaterThan(1);
  });

  test.each<[string, Partial<RenderRequest>, string]>([
    ['no picture', { initImage: undefined }, 'the request must have initImage'],
    ['a mask', { mask: picture(64, 64) }, 'the request cannot have mask'],
    ['a strength', { strength: 0.5 }, 'the request cannot have strength'],
    ['more guidance than there is', { imageGuidance: 101 }, 'imageGuidance 101 is not possible'],
  ])('refuses %s', async (_, changes, message) => {
    await expect(render({ ...of, ...changes })).rejects.toThrow(message);
  });
});

describe('the first latent diffusion', () => {
  const of = (name: string): Partial<RenderRequest> => ({ checkpoint: `${goldens}pipelines/${name}/model`, eta: 0.5 });
  const sized = { width: undefined, height: undefined };

  test('draws prompts, each from its seed alone', async () => {
    const pictures = [BASE.pictures[0]!, { prompt: 'a dog', seed: 8 }];
    const [cat] = await render({ ...of('ldm-text2im'), width: 64, height: 96 });
    const [same, dog] = await render({ ...of('ldm-text2im'), width: 64, height: 96, pictures });
    expect(sizeOf(cat!)).toEqual([64, 96]);
    expect(distance(cat!, same!)).toBeLessThan(1);
    expect(distance(cat!, dog!)).toBeGreaterThan(1);
  });

  test('draws a small picture again, four times larger', async () => {
    const [drawn] = await render({ ...of('ldm-superres'), ...sized, initImage: picture(40, 33) });
    expect(sizeOf(drawn!)).toEqual([128, 128]);
  });

  test.each<[string, Partial<RenderRequest>, string]>([
    ['ldm-text2im', { hires: { scale: 2 } }, 'knows nothing of hires'],
    ['ldm-text2im', { initImage: picture(32, 32) }, 'takes no initImage'],
    ['ldm-superres', sized, 'the request must have initImage'],
  ])('%s refuses what it cannot do', async (name, changes, message) => {
    await expect(render({ ...of(name), ...changes })).rejects.toThrow(message);
  });
});

test.each<[string, Partial<RenderRequest>, string]>([
  ['a clip of a picture', { frames: { motion: 'x', count: 2 }, initImage: picture(8, 8) }, 'the request cannot have'],
  ['a second drawing of a picture', { hires: { scale: 2 }, initImage: picture(8, 8) }, 'cannot have initImage as well'],
  ['a smaller second drawing', { hires: { scale: 0.5 } }, 'hires.scale 0.5 is not possible'],
  ['guidance by a picture that is not changed', { imageGuidance: 2 }, 'imageGuidance is for checkpoints that change'],
  ['noise on no picture', { noiseLevel: 3 }, 'noiseLevel is for checkpoints that enlarge pictures'],
])('%s is refused', async (_, changes, message) => {
  await expect(
    render({
      ...changes,
      ...(changes.frames && {
        frames: { ...changes.frames, motion: `${goldens}pipelines/animatediff/motion_adapter` },
      }),
    }),
  ).rejects.toThrow(message);
});
