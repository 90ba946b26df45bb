import { readFile, stat } from 'node:fs/promises';
import { Option } from 'commander';
import {
  describeCheckpoint,
  findModels,
  importModel,
  KIND_NAMES,
  parseSettings,
  type KindName,
  type SingleFileSettings,
} from '@atelier/diffusion/checkpoint';
import type { CommonOptions } from '../client/connect.js';
import { readConfig } from '../config.js';
import { UsageError } from '../errors.js';
import { createOutput } from '../output/output.js';
import type { Define } from './list.js';

interface Options extends CommonOptions {
  to?: string;
  kind?: KindName;
  config?: string;
  force?: boolean;
}

export const define: Define = (command) =>
  command
    .summary('bring a model into the model folder')
    .description(
      'Bring a model into the model folder as safetensors: a .safetensors, .ckpt, .pt, .pth or .bin file, or a folder ' +
        'as diffusers saves it. Pickles are read without running anything that is in them.',
    )
    .argument('<path>', 'file or folder')
    .option('--to <dir>', 'model folder (default: the first of ATELIER_MODELS, or models in ATELIER_HOME)')
    .addOption(new Option('--kind <kind>', 'what a single-file checkpoint is').choices(KIND_NAMES))
    .option('--config <file>', 'JSON with settings of a single-file checkpoint, such as {"config": {"vae": {...}}}')
    .option('--force', 'replace a model of the same name')
    .option('--json', 'print JSON to stdout, and nothing else there')
    .action(async (path: string, _: Options, command: { optsWithGlobals(): Options }) => {
      const options = command.optsWithGlobals();
      const folder = options.to ?? readConfig().importFolder;
      const imported = await importModel(path, folder, {
        settings: await settingsOf(options),
        overwrite: options.force === true,
      });
      const model = await describe(imported, folder);
      createOutput(options).answer(model, () => `${imported}: ${wordsOf(model)}`);
    });

/** What the user says of a checkpoint; undefined where that is nothing. */
async function settingsOf({ kind, config }: Options): Promise<SingleFileSettings | undefined> {
  if (config === undefined) return kind && { kind };
  const text = await readFile(config, 'utf8').catch((error: Error) => {
    throw new UsageError(`--config names ${config}, which cannot be read: ${error.message}`);
  });
  return { ...parseSettings(text, config), ...(kind && { kind }) };
}

/** What was imported, as the engine will see it; `kind` is null for what it takes for no model. */
async function describe(path: string, folder: string) {
  const found = (await findModels([folder])).find((model) => model.path === path);
  const { size } = await stat(path);
  const model = { path, name: found?.name ?? null, kind: found?.kind ?? null, bytes: size };
  if (found?.kind !== 'checkpoint') return { ...model, architecture: null };
  return { ...model, architecture: (await describeCheckpoint(path)).architecture };
}

function wordsOf({ kind, architecture }: Awaited<ReturnType<typeof describe>>): string {
  return kind ? [architecture, kind].filter(Boolean).join(' ') : 'no model that can be named in a batch';
}
