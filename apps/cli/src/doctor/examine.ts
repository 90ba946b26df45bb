/** Looks at this machine as `atelier doctor` reports it. */
import { access, constants } from 'node:fs/promises';
import os from 'node:os';
import { dirname } from 'node:path';
import { startEngine, type EngineDevice } from '@atelier/diffusion';
import {
  describeCanRun,
  describeCheckpoint,
  findModels,
  type Footprint,
  footprintOf,
  hashCheckpoint,
  largestSide,
  latentsOfPreviewDecoder,
  memoryOfRun,
  type ModelKind,
  whatCanRun,
} from '@atelier/diffusion/checkpoint';
import { gpuInventory, type GpuInventory } from '@atelier/telemetry';
import type { Config } from '../config.js';
import { bytes, plural } from '../output/format.js';
import { requireFreePort } from '../up/port.js';

/** The oldest Node that everything here runs on. */
const oldestNode = [20, 19] as const;
/** What the engine and the database of a farm with one agent need, besides the checkpoint. */
const leastMemoryBytes = 2 * 2 ** 30;

export interface Check {
  what: string;
  /** `ok`: as it should be. `note`: good to know. `problem`: something will not work. */
  level: 'ok' | 'note' | 'problem';
  text: string;
}

export interface ExaminedModel {
  name: string;
  kind: ModelKind;
  path: string;
  sha256: string | null;
  architecture: string | null;
  /** Side of the largest square picture that a checkpoint draws here with guidance; null where that is not known. */
  largestSide: number | null;
  /** Why it cannot be used; null where it can. */
  fault: string | null;
}

export interface Diagnosis {
  /** Whether a picture can be made here. */
  ready: boolean;
  node: string;
  os: string;
  cpu: string;
  threads: number;
  memoryBytes: number;
  gpus: GpuInventory[];
  engine: EngineDevice | null;
  models: ExaminedModel[];
  checks: Check[];
}

export async function examine(config: Config, port: number): Promise<Diagnosis> {
  const [engine, gpus] = await Promise.all([startedEngine(), gpuInventory()]);
  const device = engine instanceof Error ? null : engine;
  const models = await examineModels(config.modelFolders, device);
  const checks = [
    nodeCheck(),
    memoryCheck(),
    engineCheck(engine),
    ...(device ? [canRunCheck(device)] : []),
    modelCheck(models, config.modelFolders),
    ...models.filter(({ fault }) => fault !== null).map(({ name, fault }) => problem('model', `${name}: ${fault}`)),
    await portCheck(config, port),
    await folderCheck(config.home),
  ];
  return {
    ready: device !== null && models.some(({ kind, fault }) => kind === 'checkpoint' && fault === null),
    node: process.versions.node,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    threads: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    gpus,
    engine: device,
    models,
    checks,
  };
}

const ok = (what: string, text: string): Check => ({ what, level: 'ok', text });
const note = (what: string, text: string): Check => ({ what, level: 'note', text });
const problem = (what: string, text: string): Check => ({ what, level: 'problem', text });

async function startedEngine(): Promise<EngineDevice | Error> {
  try {
    const engine = await startEngine();
    engine.kill();
    return engine.device;
  } catch (error) {
    return error as Error;
  }
}

function examineModels(folders: readonly string[], device: EngineDevice | null): Promise<ExaminedModel[]> {
  return findModels(folders).then((found) =>
    Promise.all(
      found.map(async ({ name, kind, path }) => {
        const unknown = { sha256: null, architecture: null, largestSide: null, fault: null };
        const model: ExaminedModel = { name, kind, path, ...unknown };
        try {
          model.sha256 = await hashCheckpoint(path);
          if (kind === 'preview-decoder') await latentsOfPreviewDecoder(path);
          if (kind !== 'checkpoint') return model;
          model.architecture = (await describeCheckpoint(path)).architecture;
          const footprint = await footprintOf(path);
          if (!device || !footprint) return model;
          model.largestSide = largestSide(footprint, device.memoryBytes, device.precision);
          if (model.largestSide === null) model.fault = tooLarge(footprint, device);
        } catch (error) {
          model.fault = (error as Error).message;
        }
        return model;
      }),
    ),
  );
}

function tooLarge(footprint: Footprint, { memoryBytes, precision }: EngineDevice): string {
  const needed = memoryOfRun(footprint, { width: 64, height: 64, pictures: 1, views: 2 }, precision);
  return `its smallest picture takes ${bytes(needed)} of memory, and the engine may use ${bytes(memoryBytes)}`;
}

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const recent = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return recent
    ? ok('node', process.versions.node)
    : problem('node', `${process.versions.node} is too old; ${oldestNode.join('.')} or newer is needed`);
}

function memoryCheck(): Check {
  const text = `${bytes(os.totalmem())}, ${bytes(os.freemem())} free`;
  return os.totalmem() < leastMemoryBytes
    ? problem('memory', `${text}; a farm needs ${bytes(leastMemoryBytes)}`)
    : ok('memory', text);
}

function engineCheck(engine: EngineDevice | Error): Check {
  return engine instanceof Error
    ? problem('engine', engine.message)
    : ok('engine', `${engine.provider} on ${engine.name}: ${engine.reason}`);
}

/** What the engine's memory is enough for. */
function canRunCheck({ memoryBytes, precision }: EngineDevice): Check {
  const runs = whatCanRun(memoryBytes, precision);
  const text = `${bytes(memoryBytes)} are enough for ${runs.map(describeCanRun).join(', ')}`;
  return runs.every(({ largestSide, usualSide }) => (largestSide ?? 0) >= usualSide)
    ? ok('sizes', text)
    : note('sizes', text);
}

function modelCheck(models: readonly ExaminedModel[], folders: readonly string[]): Check {
  const where = folders.join(', ') || 'no folder, since none of the usual ones exists';
  const usable = models.filter(({ fault }) => fault === null);
  return usable.some(({ kind }) => kind === 'checkpoint')
    ? ok('models', `${plural(usable.length, 'model')} in ${where}`)
    : problem('models', `no checkpoint in ${where}; ATELIER_MODELS names the folders to look in`);
}

async function portCheck({ server }: Config, port: number): Promise<Check> {
  try {
    await requireFreePort('127.0.0.1', port);
    return ok('port', `${port} is free for a farm`);
  } catch (error) {
    const answers = await fetch(`${server}/healthz`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    return answers?.ok ? ok('port', `a farm answers at ${server}`) : note('port', (error as Error).message);
  }
}

/** Whether `folder` can be written to, or made. */
async function folderCheck(folder: string): Promise<Check> {
  try {
    await access(folder, constants.W_OK);
    return ok('folder', `${folder} can be written to`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder)
      return folderCheck(dirname(folder));
    return problem('folder', `${folder} cannot be written to; ATELIER_HOME names another`);
  }
}
