/** What of a batch a picture follows beside its prompt, resolved: images, ControlNets, a refiner, sizes. */
import { AtelierError, features, type agentProto } from '@atelier/contracts';
import { fault, show } from '../document/faults.js';
import type { Batch } from '../schema/batch.js';
import type { Control, Pair, Sdxl } from '../schema/conditions.js';
import { requirePair } from './pairing.js';
import { requirePurpose, requireRefiner } from './purposes.js';
import { known, reference } from './resolve.js';
import type { TaskSettings } from './layers.js';
import type { ResolvedCheckpoint, ResolvedImage, ResolvedReferences } from './types.js';

/** Share of the steps that are run on an init image, as diffusers has it: a mask protects what shall stay. */
const defaultStrength = { whole: 0.8, masked: 1 };
const defaultPadding = 32;
const defaultNegativeScore = 2.5;

type Conditions = Pick<
  agentProto.RenderRequest,
  | ('initImage' | 'strength' | 'mask' | 'maskBlur' | 'maskedPadding' | 'resize' | 'depthMap')
  | ('imageGuidance' | 'noiseLevel' | 'ipAdapters')
  | ('controls' | 'refiner' | 'sdxl' | 'negativeSdxl' | 'embeddings' | 'safetyChecker')
> & { features: string[] };

/** Maker of the part of requests that is about images and further networks. Throws `invalid_batch` for what does not fit together. */
export function conditionMaker(batch: Batch, resolved: ResolvedReferences) {
  const imageOf = (name: string | undefined, place: string) =>
    name === undefined ? undefined : knownImage(resolved, name, place);
  const depthMap = imageOf(batch.depthMap, 'depthMap');
  const embeddings = (batch.embeddings ?? []).map((name) => known(resolved.embeddings, 'embedding', name));
  const controls = (batch.control ?? []).map((control, i) => {
    const model = known(resolved.controls, 'ControlNet or T2I-Adapter', control.model);
    return { model, control, image: knownImage(resolved, control.image, `control[${i}].image`) };
  });
  const ipAdapters = (batch.ipAdapters ?? []).map(({ model, encoder, image, scale = 1 }, i) => ({
    model: known(resolved.ipAdapters, 'IP-Adapter', model),
    encoder: known(resolved.imageEncoders, 'image encoder', encoder),
    image: knownImage(resolved, image, `ipAdapters[${i}].image`),
    scale,
  }));
  const refiner = batch.refiner && known(resolved.models, 'model', batch.refiner.model);
  const sdxl = batch.sdxl && sizesOf(batch.sdxl);

  return (settings: TaskSettings, checkpoint: ResolvedCheckpoint): Conditions => {
    const initImage = imageOf(settings.initImage, 'initImage');
    const mask = initImage && imageOf(settings.mask, 'mask');
    const { whole, resized, imageGuidance, noiseLevel } = requirePurpose(
      batch,
      settings,
      checkpoint,
      hasBorder(batch, settings, initImage, checkpoint),
    );
    if (mask) requireSameSize(mask, initImage);
    for (const { model } of controls) requirePair(model, 'control', checkpoint);
    for (const { model } of ipAdapters) requirePair(model, 'ipAdapters', checkpoint);
    for (const embedding of embeddings) requirePair(embedding, 'embedding', checkpoint);
    if (refiner) requirePair(refiner, 'refiner', checkpoint);
    if (refiner) requireRefiner(refiner);
    const strength = settings.strength ?? (mask ? defaultStrength.masked : defaultStrength.whole);
    if (initImage && !whole) requireStep(settings.steps, strength);
    return {
      initImage: initImage?.sha256 ?? '',
      strength: initImage && !whole ? strength : 0,
      imageGuidance,
      noiseLevel,
      mask: mask?.sha256 ?? '',
      maskBlur: mask ? (batch.maskBlur ?? 0) : 0,
      maskedPadding: mask && batch.maskedOnly ? (batch.maskedOnly.padding ?? defaultPadding) : undefined,
      resize: (initImage && resized) || depthMap || controls.length > 0 ? (batch.resize ?? 'crop') : '',
      depthMap: depthMap?.sha256 ?? '',
      controls: controls.map(({ model, control, image }) => ({
        model: reference(model),
        image: image.sha256,
        ...controlDefaults(control),
      })),
      ipAdapters: ipAdapters.map(({ model, encoder, image, scale }) => ({
        ...{ model: reference(model), encoder: reference(encoder), image: image.sha256, scale },
      })),
      refiner: refiner && { model: reference(refiner), switchAt: batch.refiner!.switchAt ?? 0.8 },
      sdxl: sdxl && { ...sdxl, aestheticScore: batch.sdxl!.aestheticScore },
      negativeSdxl: sdxl && {
        ...sdxl,
        aestheticScore: batch.sdxl!.negativeAestheticScore ?? defaultNegativeScore,
      },
      embeddings: embeddings.map((model) => ({ model: reference(model), token: model.name })),
      safetyChecker: resolved.safetyChecker && reference(resolved.safetyChecker),
      features: [
        ...(initImage ? [features.initImage] : []),
        ...(mask || (initImage && batch.resize === 'pad') ? [features.inpaint] : []),
        ...(depthMap ? [features.depthMap] : []),
        ...(controls.some(({ model }) => model.kind === 'controlnet') ? [features.controlNet] : []),
        ...(controls.some(({ model }) => model.kind === 't2i-adapter') ? [features.t2iAdapter] : []),
        ...(imageGuidance === undefined ? [] : [features.imageGuidance]),
        ...(noiseLevel === undefined ? [] : [features.noiseLevel]),
        ...(ipAdapters.length > 0 ? [features.ipAdapter] : []),
        ...(refiner ? [features.refiner] : []),
        ...(sdxl ? [features.sdxlSizes] : []),
        ...(embeddings.length > 0 ? [features.embeddings] : []),
        ...(resolved.safetyChecker ? [features.safetyChecker] : []),
      ],
    };
  };
}

function knownImage({ images }: ResolvedReferences, name: string, place: string): ResolvedImage {
  const found = images?.get(name);
  if (found) return found;
  throw new AtelierError('invalid_batch', `${place} is ${show(name)}, which is no image that was uploaded.`, place);
}

/** Whether an init image that is fitted into the size drawn leaves something around it to be painted. */
function hasBorder(
  { resize }: Batch,
  { size }: TaskSettings,
  image: ResolvedImage | undefined,
  { defaultWidth, defaultHeight }: ResolvedCheckpoint,
): boolean {
  if (resize !== 'pad' || !image) return false;
  const [width, height] = size === undefined ? [defaultWidth, defaultHeight] : numbersOf(size as Pair);
  return image.width * height! !== image.height * width!;
}

function requireSameSize(mask: ResolvedImage, image: ResolvedImage): void {
  if (mask.width === image.width && mask.height === image.height) return;
  const [is, must] = [mask, image].map(({ width, height }) => `${width}x${height}`);
  throw fault('mask', `is an image of ${is} pixels, but initImage has ${must}; both must be of one size.`);
}

function requireStep(steps: number, strength: number): void {
  if (Math.floor(steps * strength) >= 1) return;
  throw fault('strength', `is ${strength}, which leaves none of ${steps} steps; take at least ${1 / steps}.`);
}

const controlDefaults = ({
  preprocess = 'none',
  low = 100,
  high = 200,
  scale = 1,
  start = 0,
  end = 1,
  guess,
}: Control) => {
  if (start >= end) throw fault('control.start', `is ${start} and end ${end}; it must begin before it ends.`);
  return { preprocess, low, high, scale, start, end, guess: guess ?? false };
};

function sizesOf({ originalSize, cropTopLeft, targetSize }: Sdxl) {
  const [originalWidth, originalHeight] = numbersOf(originalSize);
  const [targetWidth, targetHeight] = numbersOf(targetSize);
  const [cropTop, cropLeft] = cropTopLeft ?? [];
  return { originalWidth, originalHeight, cropTop, cropLeft, targetWidth, targetHeight };
}

const numbersOf = (pair: Pair | undefined): number[] =>
  typeof pair === 'string' ? pair.split('x').map(Number) : (pair ?? []);
