/** A picture's request as a batch that draws it again. Pure. */
import type { TaskView } from '@atelier/contracts/rest';
import { stringify } from 'yaml';
import type { Take } from '../url/search.js';
import { writeField } from './batch-document.js';

/** What a batch says of many pictures, or of itself: nothing of it belongs to a batch of one. */
const ofMany = ['version', 'name', 'prompts', 'promptsFile', 'matrix', 'seed', 'dependsOn', 'deadline', 'output'];
/** What a task's settings say in full: where they are silent, so is the new batch. */
const said = [
  'model',
  'vae',
  'loras',
  'sampler',
  'schedule',
  'steps',
  'guidance',
  'eta',
  'size',
  'negative',
  'clipSkip',
  'rng',
];

/**
 * The request of a task in the batch's own words: what its job's batch (canonical JSON) says of every picture, what the
 * matrix set for this one, and its settings.
 */
export function fieldsOfTask(task: TaskView, batch: string): Record<string, unknown> {
  const whole = JSON.parse(batch) as Record<string, unknown>;
  const kept = Object.entries({ ...whole, ...task.axes }).filter(([key]) => ![...ofMany, ...said].includes(key));
  return { ...Object.fromEntries(kept), ...settingsOfTask(task) };
}

function settingsOfTask({ prompt, seed, settings }: TaskView): Record<string, unknown> {
  const { model, vae, loras, width, height, steps, guidance, sampler, schedule, eta, clipSkip, rng, negative } =
    settings;
  return Object.fromEntries(
    Object.entries({
      model: model.name,
      vae: vae?.name,
      loras:
        loras.length === 0
          ? undefined
          : loras.map(({ name, weight, textEncoderWeight }) => ({
              name,
              weight,
              ...(textEncoderWeight !== weight && { textEncoderWeight }),
            })),
      sampler: sampler ?? undefined,
      schedule: schedule ?? undefined,
      steps,
      guidance,
      eta: eta ?? undefined,
      size: `${width}x${height}`,
      prompts: [escaped(prompt)],
      negative: negative ?? undefined,
      seed,
      clipSkip: clipSkip > 0 ? clipSkip : undefined,
      rng: rng === 'cpu' ? undefined : rng,
    }).filter(([, value]) => value !== undefined),
  );
}

/** Braces enumerate in `prompts:` unless they are escaped; LoRA tags have moved to `loras` already. */
const escaped = (prompt: string) =>
  prompt
    .replaceAll(/(?<!\\)[{}]/g, '\\$&')
    .replaceAll(/<lora:[^>]*>\s*/g, '')
    .trim();

/** Puts what is taken into `text`: everything makes a batch of its own, seed or prompt change the one that is there. */
export function recall(text: string, fields: Readonly<Record<string, unknown>>, take: Take): string {
  if (take === 'seed') return writeField(writeField(text, ['matrix', 'seed'], undefined), ['seed'], fields.seed);
  if (take === 'prompt') {
    const withPrompt = writeField(text, ['prompts'], fields.prompts);
    return writeField(withPrompt, ['negative'], fields.negative);
  }
  return stringify({ kind: 'Batch', ...fields }, { lineWidth: 0 });
}
