import { readFile } from 'node:fs/promises';
import { gaussianBlur } from '../image/blur.js';
import { canny } from '../image/canny.js';
import { toClipTensor } from '../image/clip-image.js';
import { fit } from '../image/fit.js';
import { blend, maskedRegion } from '../image/mask.js';
import { decodeImage } from '../image/picture.js';
import { toGray, type Raster } from '../image/raster.js';
import { resize, type ResizeFilter } from '../image/resize.js';
import { resizeNearestTensor, toMaskTensor, toSignedTensor, toUnitTensor } from '../image/tensor.js';
import { toPixels } from '../pipelines/pixels.js';
import { caseRow, readGoldenJson, tensorsOf, type CaseReport, type GoldenRow } from './format.js';
import { findInGoldens, goldenName, type GoldenFile } from './places.js';
import { readGoldenTensors, type GoldenTensors } from './tensors.js';
import { TOLERANCES } from './tolerances.js';

interface PictureReference {
  png: string;
}

interface CannyCase {
  key: string;
  image: PictureReference;
  input: 'rgb' | 'gray';
  low: number;
  high: number;
}

interface ResizeCase {
  key: string;
  image: PictureReference;
  to: [number, number];
  filter: string;
  layout: string;
}

interface ProcessorCase {
  key?: string;
  image?: PictureReference;
  height?: number | null;
  width?: number | null;
  processor?: string;
  resize_mode?: 'fill' | 'crop';
  blur_factor?: number;
  get_crop_region?: { width: number; height: number; pad: number; result: number[] };
  /** Of a picture laid over another. */
  mask?: PictureReference;
  init?: PictureReference;
  generated?: PictureReference;
}

interface ImageFile {
  canny: CannyCase[];
  resize: ResizeCase[];
  processor: ProcessorCase[];
}

/** What a case is compared with. */
interface Golden {
  report: CaseReport;
  tensors: GoldenTensors;
  load: (reference: PictureReference) => Promise<Raster>;
}

/** Side of the pictures that the goldens' CLIP processor makes. */
const CLIP_SIZE = 32;
/** Pixels per latent. */
const LATENT_SCALE = 8;

/** The golden family `image`: one row per file, a stage per picture. */
export async function* runImageFile(file: GoldenFile): AsyncGenerator<GoldenRow> {
  const golden = await readGoldenJson<ImageFile>(file.path);
  const tensors = await readGoldenTensors(tensorsOf(file.path));
  const load = async ({ png }: PictureReference) => decodeImage(await readFile(await findInGoldens(file, png)));
  yield await caseRow('image', goldenName(file, 1), async (report) => {
    const to = { report, tensors, load };
    for (const edges of golden.canny) await compareCanny(to, edges);
    for (const resized of golden.resize) await compareResize(to, resized);
    for (const processed of golden.processor) await compareProcessor(to, processed);
    comparePostprocess(to);
  });
}

async function compareCanny({ report, tensors, load }: Golden, { key, image, input, low, high }: CannyCase) {
  const picture = await load(image);
  const gray = { ...picture, pixels: Uint8Array.from(tensors.values(key.replace(/^canny\/([^/]+)\/.*/, 'gray/$1'))) };
  report.compare(key, canny(input === 'rgb' ? picture : gray, low, high).pixels, tensors.values(key), TOLERANCES.exact);
}

async function compareResize({ report, tensors, load }: Golden, { key, image, to, filter, layout }: ResizeCase) {
  const picture = await load(image);
  const source = layout.startsWith('HWC') ? picture : toGray(picture);
  const name = filter.toLowerCase() as ResizeFilter;
  const tolerance = name === 'nearest' ? TOLERANCES.exact : TOLERANCES.imageFilter;
  report.compare(key, resize(source, ...to, name).pixels, tensors.values(key), tolerance);
}

async function compareProcessor(golden: Golden, processed: ProcessorCase) {
  const { report, tensors, load } = golden;
  const { key = '', image, init, generated, mask, get_crop_region: region } = processed;
  const expected = () => tensors.values(key);
  if (init && generated && mask) {
    const laid = blend(await load(init), await load(generated), toGray(await load(mask)));
    report.compare(key, laid.pixels, expected(), TOLERANCES.pictureUint8);
    return;
  }
  const picture = await load(image!);
  if (region) {
    const { left, top, right, bottom } = maskedRegion(toGray(picture), region.width, region.height, region.pad);
    report.compare('get_crop_region', [left, top, right, bottom], region.result, TOLERANCES.exact);
  } else if (processed.blur_factor) {
    const blurred = gaussianBlur(toGray(picture), processed.blur_factor);
    report.compare(key, blurred.pixels, expected(), TOLERANCES.imageFilter);
  } else if (processed.resize_mode) {
    const mode = processed.resize_mode === 'fill' ? 'pad' : processed.resize_mode;
    report.compare(
      key,
      fit(picture, processed.width!, processed.height!, mode).pixels,
      expected(),
      TOLERANCES.imageFilter,
    );
  } else if (key.startsWith('clip_preprocess/')) {
    report.compare(key, toClipTensor(picture, CLIP_SIZE), expected(), TOLERANCES.imageFloat);
  } else {
    comparePreprocess(golden, key, picture, processed);
  }
}

function comparePreprocess(
  { report, tensors }: Golden,
  key: string,
  picture: Raster,
  { width, height, processor = '' }: ProcessorCase,
): void {
  const whole = (side: number) => side - (side % LATENT_SCALE);
  const size = { width: whole(width ?? picture.width), height: whole(height ?? picture.height) };
  const resized = fit(picture, size.width, size.height, 'stretch');
  if (processor.startsWith('mask')) {
    const mask = toMaskTensor(resized);
    report.compare(key, mask, tensors.values(key), TOLERANCES.imageFloat);
    const latent = { width: size.width / LATENT_SCALE, height: size.height / LATENT_SCALE };
    const small = resizeNearestTensor(mask, size, latent);
    report.compare(`${key}/latent`, small, tensors.values(`${key}/latent`), TOLERANCES.imageFloat);
    return;
  }
  const values = processor === 'normalise' ? toSignedTensor(resized) : toUnitTensor(resized);
  report.compare(key, values, tensors.values(key), TOLERANCES.imageFloat);
}

function comparePostprocess({ report, tensors }: Golden): void {
  const values = tensors.float32('postprocess/in');
  const pictures = tensors.shape('postprocess/in')[0]!;
  const size = values.length / pictures;
  const pixels = Array.from({ length: pictures }, (_, i) => [...toPixels(values.subarray(i * size, (i + 1) * size))]);
  report.compare('postprocess/pil', pixels.flat(), tensors.values('postprocess/pil'), TOLERANCES.exact);
}
