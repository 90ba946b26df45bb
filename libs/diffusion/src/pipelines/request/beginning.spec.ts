import { expect, test } from 'vitest';
import type { Purpose } from '../../checkpoint/purpose.js';
import type { Raster } from '../../image/raster.js';
import type { RenderRequest } from '../types.js';
import { beginningOf, type BeginningModel } from './beginning.js';

const modelFor = (purpose: Purpose) =>
  ({ description: { purpose }, vaeConfig: { latentChannels: 4 } }) as BeginningModel;
const [ordinary, depthModel, inpaintingModel] = [modelFor('text-to-image'), modelFor('depth'), modelFor('inpainting')];

const raster = (width: number, height: number, channels: number, value: number): Raster => ({
  ...{ width, height },
  pixels: new Uint8Array(width * height * channels).fill(value),
});
const initImage = raster(32, 16, 3, 200);
const mask = raster(32, 16, 1, 255);
const depthMap = raster(32, 16, 1, 9);

const begin = (request: Partial<RenderRequest>, model = ordinary, width = 32, height = 16) =>
  beginningOf(request as RenderRequest, model, width, height);

test.each<[string, Partial<RenderRequest>, BeginningModel, string]>([
  ['a mask alone', { mask }, ordinary, 'mask says where an initImage is repainted, and the request has none.'],
  [
    'strength alone',
    { strength: 1 },
    ordinary,
    'strength says how much of an initImage is changed, and the request has',
  ],
  [
    'a blur of no mask',
    { initImage, maskBlur: 2 },
    ordinary,
    'maskBlur says how far the edge of a mask is blurred, and',
  ],
  [
    'a part of no mask',
    { initImage, maskedOnly: { padding: 2 } },
    ordinary,
    'maskedOnly asks for the part that a mask',
  ],
  [
    'sizes that differ',
    { initImage, mask: raster(16, 16, 1, 0) },
    ordinary,
    'mask has 16x16 pixels and initImage 32x16; both must be of one size.',
  ],
  [
    'a depth map of another size beside a part',
    { initImage, mask, maskedOnly: { padding: 0 }, depthMap: raster(16, 16, 1, 0) },
    depthModel,
    'depthMap has 16x16 pixels and initImage 32x16; with maskedOnly both must be of one size.',
  ],
  ['no depth', { initImage }, depthModel, 'This checkpoint draws by depth; the request must have a depthMap.'],
  ['depth for others', { initImage, depthMap }, ordinary, 'This checkpoint knows nothing of depth'],
  [
    'nothing to repaint',
    {},
    inpaintingModel,
    'This checkpoint repaints parts of pictures; the request must have initImage',
  ],
  [
    'no mask',
    { initImage },
    inpaintingModel,
    'This checkpoint repaints parts of pictures; the request must have mask.',
  ],
  ['too much strength', { initImage, strength: 1.5 }, ordinary, 'strength 1.5 is not possible'],
  ['a negative blur', { initImage, mask, maskBlur: -1 }, ordinary, 'maskBlur -1 is not possible'],
  [
    'half a pixel',
    { initImage, mask, maskedOnly: { padding: 0.5 } },
    ordinary,
    'maskedOnly.padding 0.5 is not possible',
  ],
])('refuses %s', (_, request, model, message) => {
  expect(() => begin(request, model)).toThrow(message);
});

test('begins from noise, from a picture, or from a picture of which something is kept', () => {
  expect(begin({})).toMatchObject({ influences: [] });
  expect(begin({})).not.toHaveProperty('start');
  expect(begin({ initImage })).toMatchObject({ start: { picture: { width: 32 } }, strength: 0.8, influences: [] });
  expect(begin({ initImage, mask })).toMatchObject({ strength: 1, influences: [{}] });
  expect(begin({ initImage, mask }, inpaintingModel)).toMatchObject({ strength: 1, influences: [{ channels: 5 }] });
  expect(begin({ depthMap }, depthModel)).toMatchObject({ influences: [{ channels: 1 }] });
  expect(begin({ depthMap, initImage, mask }, depthModel).influences).toHaveLength(2);
});

test('repaints what lies around a picture that is fitted in, without a mask', () => {
  expect(begin({ initImage, resize: 'pad' }, ordinary, 32, 32).influences).toHaveLength(1);
  expect(begin({ initImage, resize: 'pad' }, ordinary, 64, 32).influences).toHaveLength(0);
  expect(begin({ initImage, resize: 'crop' }, ordinary, 32, 32).influences).toHaveLength(0);
});

test('puts a part back into the picture that it is of, which stays the same elsewhere', () => {
  const pixels = new Uint8Array(32 * 16);
  for (let y = 4; y < 8; y++) pixels.fill(255, y * 32 + 4, y * 32 + 8);
  const spot = { width: 32, height: 16, pixels };
  const { framing, finish } = begin({ initImage, mask: spot, maskedOnly: { padding: 2 } }, ordinary, 16, 16);
  expect(framing.region).toEqual({ left: 2, top: 2, right: 10, bottom: 10 });
  const finished = finish(raster(16, 16, 3, 50));
  expect([finished.width, finished.height]).toEqual([32, 16]);
  const changed = [...finished.pixels.keys()].filter((i) => finished.pixels[i] === 50).length;
  expect(changed).toBe(4 * 4 * 3);
  expect([...finished.pixels].filter((value) => value !== 50 && value !== 200)).toEqual([]);
});
