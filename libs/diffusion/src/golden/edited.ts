import { readFile } from 'node:fs/promises';
import { decodeImage } from '../image/picture.js';
import { drawEdited } from '../pipelines/draw-edited.js';
import { DiffusionModel } from '../pipelines/model.js';
import { toSource } from '../pipelines/start.js';
import type { Trace } from '../pipelines/trace.js';
import { createGenerator } from '../random/generator.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import { readGoldenJson, type CaseReport } from './format.js';
import { compareStages, readRecorded, showPictures, type GoldenEngine, type Stages } from './pipeline-stages.js';
import { findInGoldens, type GoldenFile } from './places.js';

interface EditedCase {
  model: string;
  scheduler: SchedulerConfig;
  seed: number;
  call: {
    prompt: string;
    negative_prompt?: string;
    num_inference_steps: number;
    guidance_scale: number;
    image_guidance_scale: number;
    image: { png: string };
  };
}

/** Pictures that are changed as prompts say: instruct-pix2pix. */
export async function compareEdited(report: CaseReport, file: GoldenFile, engine: GoldenEngine): Promise<void> {
  const golden = await readGoldenJson<EditedCase>(file.path);
  const { call, scheduler, seed } = golden;
  const { sessions, encoder, target } = engine;
  const model = await DiffusionModel.open({ checkpoint: await findInGoldens(file, golden.model) }, sessions, target);
  const picture = await decodeImage(await readFile(await findInGoldens(file, call.image.png)));
  const { sizeMultiple } = model.description;
  const shown: Stages = new Map();
  const trace: Trace = (name, values) => shown.set(name, values);
  const generator = createGenerator('cpu', seed);
  const { negative_prompt: negative } = call;
  const run = {
    prompts: [{ text: call.prompt }],
    negativePrompts: [negative === undefined ? null : { text: negative }],
    promptSyntax: 'plain' as const,
    ...{ clipSkip: 0, vaeTiling: false, guidanceRescale: 0, samplerOptions: {} },
    latentHeight: picture.height / sizeMultiple,
    latentWidth: picture.width / sizeMultiple,
    ...{ scheduler, steps: call.num_inference_steps, guidanceScale: call.guidance_scale },
    ...(model.sizesTold > 0 && { sizes: [picture.height, picture.width, 0, 0, picture.height, picture.width] }),
    noise: (shape: readonly number[]) => generator.randn([1, ...shape]),
  };
  const source = toSource(picture, picture.width, picture.height);
  const { pictures } = await drawEdited(model, encoder, run, source, call.image_guidance_scale, { trace });
  showPictures(shown, pictures);
  compareStages(report, await readRecorded(file, {}), shown);
}
