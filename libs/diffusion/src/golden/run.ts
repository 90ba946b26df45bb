import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Precision } from '../networks/weights.js';
import { PromptEncoder } from '../pipelines/prompts.js';
import { chooseProvider } from '../runtime/provider.js';
import { SessionCache } from '../runtime/session-cache.js';
import type { SessionOptions } from '../runtime/session.js';
import type { GoldenRow } from './format.js';
import { runImageFile } from './image.js';
import { runModuleFile } from './modules.js';
import type { GoldenEngine } from './pipeline-stages.js';
import { runPipelineFile } from './pipelines.js';
import type { GoldenFile } from './places.js';
import { runRngFile } from './rng.js';
import { runSamplerFile } from './samplers.js';
import { runTokenizerFile } from './tokenizer.js';

export interface GoldenOptions {
  /** Another goldens folder, for the models that a case's own lacks. */
  root?: string;
  /** Execution provider of the networks. @default 'cpu' */
  provider?: string;
  /** Threads of the CPU provider. @default as many as there are cores */
  threads?: number;
  /** What the networks compute in. @default 'F32' */
  precision?: Precision;
}

interface Runtime {
  options: SessionOptions;
  engine: GoldenEngine;
}

interface Family {
  /** Folders between the family's own and its cases, plus one. */
  depth: number;
  run(file: GoldenFile, runtime: Runtime): AsyncIterable<GoldenRow>;
}

/** The families of golden cases by the folder that they lie in. */
const FAMILIES: Record<string, Family> = {
  rng: { depth: 1, run: runRngFile },
  samplers: { depth: 1, run: runSamplerFile },
  tokenizer: { depth: 1, run: runTokenizerFile },
  image: { depth: 1, run: runImageFile },
  modules: { depth: 2, run: (file, { options, engine }) => runModuleFile(file, options, engine.target) },
  pipelines: { depth: 2, run: (file, { engine }) => runPipelineFile(file, engine) },
};

/** Memory that the networks of golden cases may take: they are tiny. */
const MEMORY_BYTES = 2 ** 30;

/**
 * Runs every golden case at or below some folders, in the order of their paths, and compares each recorded stage with
 * what the engine computes. A case that cannot be run is a row that fails with its reason.
 */
export async function* runGoldens(folders: readonly string[], options: GoldenOptions = {}): AsyncGenerator<GoldenRow> {
  const { provider = 'cpu', precision = 'F32', threads } = options;
  const { options: session, target } = await chooseProvider({ provider, precision, threads });
  const sessions = new SessionCache(session, { most: MEMORY_BYTES });
  const runtime = { options: session, engine: { sessions, encoder: new PromptEncoder(), target } };
  try {
    for (const folder of folders) {
      for (const path of await jsonFiles(resolve(folder))) {
        const found = familyOf(path);
        if (found) yield* found.family.run({ path, root: found.root, otherRoot: options.root }, runtime);
      }
    }
  } finally {
    await sessions.clear();
  }
}

/** The family that a file belongs to by its place, and the goldens folder that it lies in. */
function familyOf(path: string): { family: Family; root: string } | undefined {
  const folders = path.split(sep);
  for (const [name, family] of Object.entries(FAMILIES)) {
    const at = folders.length - 1 - family.depth;
    if (folders[at] === name) return { family, root: folders.slice(0, at).join(sep) };
  }
  return undefined;
}

/** Every `.json` at or below a folder that may be a case, sorted by path. */
async function jsonFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter(
    (entry) =>
      entry.isFile() &&
      isCase(
        entry.name,
        entries.map(({ name }) => name),
      ),
  );
  // Below a family of pipelines lie models, whose files look like cases.
  const folders = basename(dirname(folder)) === 'pipelines' ? [] : entries.filter((entry) => entry.isDirectory());
  const below = await Promise.all(folders.map(({ name }) => jsonFiles(join(folder, name))));
  return [...files.map(({ name }) => join(folder, name)), ...below.flat()].sort();
}

/** Cases have tensors beside them, except for those whose numbers all stand in the `.json`. */
function isCase(name: string, neighbours: readonly string[]): boolean {
  if (!name.endsWith('.json')) return false;
  return (
    neighbours.includes(name.replace(/json$/, 'safetensors')) ||
    neighbours.every((other) => !other.endsWith('.safetensors'))
  );
}
