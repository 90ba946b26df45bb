import { readFile } from 'node:fs/promises';
import { networkFolder } from '../checkpoint/checkpoint.js';
import { openWeights } from '../checkpoint/weight-files.js';
import { decodeImage } from '../image/picture.js';
import { readSafetyCheckerConfig, safetyChecker } from '../networks/safety-checker.js';
import { checkerInput, judge } from '../pipelines/safety.js';
import { readGoldenJson, tensorsOf, type CaseReport } from './format.js';
import type { GoldenEngine } from './pipeline-stages.js';
import { findInGoldens, type GoldenFile } from './places.js';
import { readGoldenTensors } from './tensors.js';
import { TOLERANCES } from './tolerances.js';

interface SafetyCase {
  model: string;
  images: { png: string }[];
  has_nsfw_concept: boolean[];
}

/** What the network is asked to show, by the names of the golden file. */
const SHOWN = ['pooled', 'image_embeds', 'cos_dist', 'special_cos_dist'] as const;

/** Scores have three digits, the last of which hangs on the rounding of cosines: some lie within 1e-8 of a tie. */
const SCORE = { maxAbs: 1.001e-3 };

/** Compares what a safety checker is shown of pictures, sees in them and says of them. */
export async function compareSafety(report: CaseReport, file: GoldenFile, engine: GoldenEngine): Promise<void> {
  const golden = await readGoldenJson<SafetyCase>(file.path);
  const tensors = await readGoldenTensors(tensorsOf(file.path));
  const folder = await findInGoldens(file, golden.model);
  const config = readSafetyCheckerConfig(await networkFolder(folder).readConfig(), folder);
  const weights = await openWeights(folder);
  const { sessions, target } = engine;
  const build = () => safetyChecker(config, weights, { target, inspect: SHOWN });
  const about = { key: `safety_checker ${folder}`, network: 'safety_checker', source: folder, bytes: 0 };
  const session = await sessions.get({ ...about, build });

  const seen: Record<string, number[]> = {};
  const see = (name: string, values: Iterable<number>) => (seen[name] ??= []).push(...values);
  for (const { png } of golden.images) {
    const picture = checkerInput(
      await decodeImage(await readFile(await findInGoldens(file, png))),
      config.vision.pictureSize,
    );
    const outputs = await session.run({ picture });
    const verdict = judge({ concepts: outputs.concepts!.data, special: outputs.special!.data });
    see('pixel_values', picture.data);
    for (const name of SHOWN) see(name, outputs[name]!.data);
    see('special_scores', verdict.special);
    see('concept_scores', verdict.concepts);
    see('has_nsfw_concept', [Number(verdict.flagged)]);
  }
  report.compare('has_nsfw_concept', seen.has_nsfw_concept!, golden.has_nsfw_concept.map(Number), TOLERANCES.exact);
  for (const name of tensors.names) {
    const tolerance = name.endsWith('_scores') ? SCORE : TOLERANCES.network;
    report.compare(name, seen[name] ?? [], tensors.values(name), tolerance);
  }
}
