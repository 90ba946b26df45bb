/** From the text of a batch to pixels, as a node goes, for what only a checkpoint or a network of its kind can draw. */
import { join } from 'node:path';
import { assetsOf, checkBatch, expand, type ResolvedReferences } from '@atelier/batch';
import type { Raster } from '@atelier/diffusion';
import { afterAll, expect, test } from 'vitest';
import { engineRequest } from '../../apps/agent/src/slots/engine-request.js';
import { createRenderer } from '../../libs/diffusion/src/pipelines/renderer.js';

const goldens = join(import.meta.dirname, 'pipelines');
const renderer = await createRenderer({ provider: 'cpu', threads: 2 });
afterAll(() => renderer.release());

/** Models by their place in the goldens, which stands for their hash, too. */
const models = (...places: string[]) =>
  new Map(places.map((place) => [place, { name: place, sha256: place, defaultWidth: 64, defaultHeight: 64 }]));
const raster: Raster = { width: 40, height: 24, pixels: Uint8Array.from({ length: 2880 }, (_, i) => (i * 37) % 256) };
const other: Raster = { ...raster, pixels: raster.pixels.map((value) => 255 - value) };
const pictures = new Map([
  ['a', raster],
  ['b', other],
]);

/** Draws the one picture of a batch as a node does. */
async function drawn(document: object) {
  const resolved: ResolvedReferences = {
    models: models('sd1/model', 'instruct-pix2pix/model', 'sd-x4-upscaler/model'),
    ...{ loras: new Map(), vaes: new Map(), seedBase: 7 },
    ipAdapters: models('ip-adapter/models', 'ip-adapter/models-more/sd15-plus.safetensors'),
    imageEncoders: models('ip-adapter/image_encoder'),
    images: new Map([...pictures].map(([name, { width, height }]) => [name, { sha256: name, width, height }])),
  };
  const batch = checkBatch({ kind: 'Batch', prompts: ['a cat'], steps: 2, guidance: 4, ...document });
  const expansion = expand(batch, resolved);
  const request = expansion.request(0);
  const images = new Map(assetsOf(request).map((sha256) => [sha256, pictures.get(sha256)!]));
  const engine = engineRequest([request], (sha256) => join(goldens, sha256))(images);
  const [picture] = (await renderer.render(engine)).pictures;
  const { width, height } = picture!;
  expect({ width, height }).toEqual(expansion.pictureSize(0));
  return picture!.pixelSha256;
}

const like = { model: 'ip-adapter/models', encoder: 'ip-adapter/image_encoder', image: 'a' };

test.each<[string, object, object[]]>([
  [
    'is like an image, by IP-Adapters',
    { model: 'sd1/model', ipAdapters: [like] },
    [
      { ipAdapters: undefined },
      { ipAdapters: [{ ...like, image: 'b' }] },
      { ipAdapters: [{ ...like, scale: 0.5 }] },
      { ipAdapters: [{ ...like, model: 'ip-adapter/models-more/sd15-plus.safetensors' }] },
    ],
  ],
  [
    'is changed as its prompt says',
    { model: 'instruct-pix2pix/model', initImage: 'a', imageGuidance: 1.5 },
    [{ initImage: 'b' }, { imageGuidance: 3 }, { prompts: ['a dog'] }],
  ],
  [
    'is drawn again, larger',
    { model: 'sd-x4-upscaler/model', initImage: 'a', noiseLevel: 20 },
    [{ initImage: 'b' }, { noiseLevel: 40 }],
  ],
])('a picture of a batch %s', async (_, document, changes) => {
  const first = await drawn(document);
  expect(await drawn(document)).toBe(first);
  for (const change of changes) {
    const changed = Object.fromEntries(Object.entries({ ...document, ...change }).filter(([, value]) => value));
    expect(await drawn(changed), JSON.stringify(change)).not.toBe(first);
  }
});
