/** From a batch to its tasks, each a pure function of its index: prompts the slowest, then the axes in document order. */
import { fault } from '../document/faults.js';
import { maximumTasks, tooLarge } from '../limits.js';
import { Combinations } from '../matrix/combinations.js';
import { resultSize } from '../images/result-size.js';
import { fileNames } from '../output/file-names.js';
import { axisText, type NamedTask } from '../output/field-text.js';
import { parseOutputName } from '../output/name-template.js';
import { sheetsOf } from '../output/sheets.js';
import { lookOverNegatives } from '../prompts/negatives.js';
import { Prompts } from '../prompts/prompts.js';
import type { Batch } from '../schema/batch.js';
import { maximumSeed } from '../schema/settings.js';
import { formatOf } from './enlargement.js';
import { overlay, topLevel } from './layers.js';
import { renderClasses } from './render-classes.js';
import { requestMaker } from './requests.js';
import type { Expansion, ResolvedReferences } from './types.js';
import { warningsOf } from './warnings.js';

/**
 * Version of the rules by which an index becomes a request. A job keeps the version that it was stored with, so
 * whatever changes a request of a stored batch needs a new number.
 */
export const EXPANSION_VERSION = 1;

/** Name of the job. */
export const nameOf = (batch: Batch): string => batch.name ?? 'untitled';

/** Project that the job counts to. */
export const projectOf = (batch: Batch): string => batch.project ?? 'default';

/**
 * Expands a batch. Throws `invalid_batch`, `unknown_model`, `batch_too_large` or `output_name_collision`, each with
 * one sentence. The cost follows the text of the batch and its prompt file, not the number of tasks.
 */
export function expand(batch: Batch, resolved: ResolvedReferences): Expansion {
  const prompts = new Prompts(batch, resolved.promptTable);
  const combinations = new Combinations(batch.matrix);
  const perPrompt = combinations.count;
  const total = prompts.count * perPrompt;
  if (total > maximumTasks) throw tooLarge(total);
  if (total === 0) throw fault('matrix.exclude', 'leaves no combination to render.');

  const { seed, ...top } = topLevel(batch);
  const seedBase = seed === undefined || seed === -1 ? resolved.seedBase : seed;
  const negatives = lookOverNegatives(batch, prompts.source);
  const requestOf = requestMaker(batch, resolved, prompts.weighted || negatives.weighted);
  const makeTask = (index: number): NamedTask => {
    const promptIndex = Math.floor(index / perPrompt);
    const prompt = prompts.at(promptIndex);
    const settings = overlay(top, prompt.columns, combinations.at(index % perPrompt));
    const taskSeed = settings.seed ?? (seedBase + index) % (maximumSeed + 1);
    return {
      index,
      promptIndex,
      job: nameOf(batch),
      settings,
      request: requestOf({ settings, prompt, seed: taskSeed }),
    };
  };
  // Whoever looks at a task asks for its request, seed and file name one after the other.
  let latest: NamedTask | undefined;
  const taskAt = (index: number): NamedTask => {
    if (latest?.index !== index) latest = makeTask(index);
    return latest;
  };
  const request = (index: number) => taskAt(index).request;

  const promptGroups = prompts.groups();
  const combinationGroups = combinations.groups();
  const classes = renderClasses(promptGroups, combinationGroups, perPrompt, request);
  const outputFormat = formatOf(batch);
  const fileName = fileNames({
    parts: parseOutputName(batch),
    ending: `.${outputFormat}`,
    total,
    promptCount: prompts.count,
    combinations,
    seedsCount: !setsSeeds(combinations, prompts),
    samplePrompts: promptGroups.map(({ numbers }) => numbers.at(0)),
    sampleCombinations: combinationGroups.map(({ rankOf }) => rankOf(0)),
    taskAt,
  });
  const imageByHash = new Map([...(resolved.images?.values() ?? [])].map((image) => [image.sha256, image]));
  const samples = classes.map(({ at }) => request(at(0)));

  const axes = [
    { key: 'prompt', size: prompts.count, textAt: (position: number) => prompts.at(position).written },
    ...combinations.axes.map(({ key, size, valueAt }) => ({
      key,
      size,
      textAt: (position: number) => axisText(valueAt(position)),
    })),
  ];
  return {
    total,
    warnings: warningsOf(batch, samples, negatives.any, resolved),
    seedBase,
    classes,
    outputFormat,
    request,
    pictureSize: (index) => resultSize(request(index), (sha256) => imageByHash.get(sha256)),
    fileName,
    promptOf: (index) => prompts.at(Math.floor(index / perPrompt)).written,
    seedOf: (index) => request(index).seed,
    axesOf: (index) => combinations.at(index % perPrompt),
    axes,
    sheets: sheetsOf(batch, axes),
    indexOf: ([prompt = 0, ...cell]) => {
      const rank = combinations.rankOf(cell);
      return rank === null ? null : prompt * perPrompt + rank;
    },
  };
}

/** Whether the matrix or a column gives tasks seeds of their own. */
function setsSeeds({ axes, included }: Combinations, { source }: Prompts): boolean {
  return (
    axes.some(({ key }) => key === 'seed') ||
    included.some(({ seed }) => seed !== undefined) ||
    source.entries.some(({ columns }) => columns.seed !== undefined)
  );
}
