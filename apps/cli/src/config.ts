/** What the environment says, read once. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { safetyPolicies, type SafetyPolicy } from '@atelier/contracts/rest';
import { UsageError } from './errors.js';

export interface Config {
  /** Address of the farm that commands talk to, without a slash at its end. */
  server: string;
  apiKey: string | undefined;
  /** Folder of everything that belongs to this user. */
  home: string;
  /** Data folder of `atelier up` where `--data` names none. */
  dataDir: string;
  databaseUrl: string | undefined;
  natsUrl: string | undefined;
  /** Name of the safety checker that judges a farm's pictures. */
  safetyChecker: string | undefined;
  /** What it does for projects that do not say. */
  safety: SafetyPolicy | undefined;
  /** Folders in which checkpoints and LoRAs are looked for, all of which exist. */
  modelFolders: string[];
  /** Folder that imported models go to, which need not exist yet. */
  importFolder: string;
}

/** Reads `ATELIER_*` from `environment`. Throws a UsageError for a value that cannot be meant. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const home = resolve(environment.ATELIER_HOME || join(homedir(), '.atelier'));
  const dataDir = join(home, 'farm');
  const modelFolders = modelFoldersOf(environment.ATELIER_MODELS, home);
  return {
    server: serverOf(environment.ATELIER_SERVER) ?? runningFarm(dataDir) ?? 'http://127.0.0.1:7860',
    apiKey: environment.ATELIER_API_KEY || undefined,
    home,
    dataDir,
    databaseUrl: environment.ATELIER_DATABASE_URL || undefined,
    natsUrl: environment.ATELIER_NATS_URL || undefined,
    safetyChecker: environment.ATELIER_SAFETY_CHECKER || undefined,
    safety: safetyOf(environment.ATELIER_SAFETY),
    modelFolders,
    importFolder: environment.ATELIER_MODELS ? modelFolders[0]! : join(home, 'models'),
  };
}

function safetyOf(text: string | undefined): SafetyPolicy | undefined {
  const known = safetyPolicies.find((policy) => policy === text);
  if (text && !known)
    throw new UsageError(`ATELIER_SAFETY is "${text}"; it must be one of ${safetyPolicies.join(', ')}`);
  return known;
}

function serverOf(text: string | undefined): string | null {
  if (!text) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UsageError(
      `ATELIER_SERVER is "${text}"; it must be an http or https address such as http://127.0.0.1:7860`,
    );
  return url.href.replace(/\/+$/, '');
}

/** The address of this user's own farm, which may have had to take another port than the usual one. */
function runningFarm(dataDir: string): string | null {
  try {
    const { api, pid } = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as { api: string; pid: number };
    process.kill(pid, 0);
    return api;
  } catch {
    return null;
  }
}

/** The folders of ATELIER_MODELS; without it this user's models and those that come with Atelier. */
function modelFoldersOf(text: string | undefined, home: string): string[] {
  if (!text) return [join(home, 'models'), join(import.meta.dirname, '../../../models')].filter(existsSync);
  const folders = text
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => resolve(folder));
  const missing = folders.find((folder) => !statSync(folder, { throwIfNoEntry: false })?.isDirectory());
  if (missing) throw new UsageError(`ATELIER_MODELS names ${missing}, which is no folder`);
  return folders;
}
