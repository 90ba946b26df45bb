import { openControlNetwork } from '../pipelines/control-network.js';
import { draw } from '../pipelines/draw.js';
import { DiffusionModel } from '../pipelines/model.js';
import { drawClips } from '../pipelines/draw-clips.js';
import { openImageEncoder } from '../pipelines/image-adapter.js';
import { imagePrompts } from '../pipelines/influences/image-prompts.js';
import { toPixels } from '../pipelines/pixels.js';
import type { PromptEncoder } from '../pipelines/prompts.js';
import type { Run } from '../pipelines/run.js';
import type { Trace } from '../pipelines/trace.js';
import { compareEdited } from './edited.js';
import { caseRow, readGoldenJson, type CaseReport, type GoldenRow } from './format.js';
import { compareLatentTextToImage, compareSuperResolution } from './latent-diffusion.js';
import { refuseUnknown, type PipelineCase } from './pipeline-case.js';
import { readPictures, type Recorded } from './pipeline-pictures.js';
import { runOf } from './pipeline-run.js';
import { clamped, compareStages, readRecorded, toPlanes, type GoldenEngine } from './pipeline-stages.js';
import { findInGoldens, goldenName, type GoldenFile } from './places.js';
import { compareMergedWeights } from './merged-weights.js';
import { compareSafety } from './safety-checker.js';
import { compareSingleFile } from './single-file.js';
import { compareTiling } from './vae-tiling.js';

/** Families, or single cases, that are no whole pipelines. */
const OTHER_FAMILIES: Record<string, (report: CaseReport, file: GoldenFile, engine: GoldenEngine) => Promise<void>> = {
  'lora/merged-weights': compareMergedWeights,
  'ldm-superres': compareSuperResolution,
  'ldm-text2im': compareLatentTextToImage,
  'ldm-text2im-vq': compareLatentTextToImage,
  'instruct-pix2pix': compareEdited,
  lycoris: compareMergedWeights,
  'safety-checker': compareSafety,
  'single-file': compareSingleFile,
  'vae-tiling': compareTiling,
};

/** The golden family `pipelines`: one row per file, of all stages that were recorded. */
export async function* runPipelineFile(file: GoldenFile, engine: GoldenEngine): AsyncGenerator<GoldenRow> {
  const [family, ...name] = goldenName(file, 1).split('/');
  yield await caseRow(family!, name.join('/'), async (report) => {
    const other = OTHER_FAMILIES[family!] ?? OTHER_FAMILIES[[family, ...name].join('/')];
    if (other) return other(report, file, engine);
    const golden = await readGoldenJson<PipelineCase>(file.path);
    refuseUnknown(golden);
    const recorded = await readRecorded(file, golden);
    const traced = await trace(golden, file, engine, recorded);
    compareStages(report, recorded, traced);
  });
}

/** Runs the case and keeps everything that the pipeline shows. */
async function trace(golden: PipelineCase, file: GoldenFile, engine: GoldenEngine, recorded: Recorded) {
  const { sessions, encoder, target } = engine;
  const find = (path: string) => findInGoldens(file, path);
  const loras = [];
  for (const { file: path, weight } of golden.loras ?? []) loras.push({ path: await find(path), weight });
  const embeddings = [];
  for (const { file: path, token } of golden.embeddings ?? []) embeddings.push({ path: await find(path), token });
  const checkpoint = await find(golden.model);
  const imageAdapters = golden.ip_adapter ? [await find(golden.ip_adapter)] : [];
  const vae = golden.vae && (await find(golden.vae));
  const motion = golden.motion_adapter && (await find(golden.motion_adapter));
  const model = await DiffusionModel.open(
    { checkpoint, loras, embeddings, imageAdapters, ...(vae && { vae }), ...(motion && { motion }) },
    sessions,
    target,
  );
  const seer = golden.image_encoder && (await openImageEncoder(await find(golden.image_encoder), sessions, target));
  const networks = [];
  for (const path of [golden.controlnets ?? [], golden.adapter ?? []].flat()) {
    networks.push(await openControlNetwork(await find(path), sessions, target));
  }

  const traced = new Map<string, ArrayLike<number>>();
  const keep: Trace = (name, values) => traced.set(name, values);
  const given = await readPictures(golden, file, recorded);
  const { run, finish } = runOf(golden, model, networks, given, keep);
  const { ip_adapter_scale: scale = 1 } = golden;
  const likeness = seer && given.prompt ? [imagePrompts([{ encoder: seer, pictures: [given.prompt], scale }])] : [];
  const whole = { ...run, influences: [...(run.influences ?? []), ...likeness] };
  const { pictures, latents } = motion
    ? await clips(model, encoder, run, golden.call.num_frames!, keep)
    : await draw(model, encoder, whole, { trace: keep });
  const [width, height] = [run.latentWidth, run.latentHeight].map((side) => side * model.description.sizeMultiple);
  const drawn = pictures.map((picture) => ({ width: width!, height: height!, pixels: toPixels(picture) }));
  const planes = (rasters: typeof drawn) => rasters.flatMap(({ pixels }) => [...toPlanes(pixels, pixels.length / 3)]);
  return traced
    .set('image_u8.0', planes(drawn))
    .set('images_u8', planes(drawn.map(finish)))
    .set('images', golden.call.output_type === 'latent' ? latents : clamped(traced.get('vae_decode.0.out')!));
}

/** The frames of clips, as pictures. */
async function clips(model: DiffusionModel, encoder: PromptEncoder, run: Run, count: number, trace: Trace) {
  const plain = { ...run, influences: [], part: {} };
  const { frames, latents } = await drawClips(model, encoder, plain, count, { trace });
  return { pictures: frames, latents };
}
