import { CheckpointError } from '../checkpoint-error.js';
import type { JsonObject } from '../json.js';
import type { SafetensorsFile } from '../safetensors.js';
import { isKindName, KIND_NAMES, type KindName } from './kinds.js';

/** What is to be taken instead of what was found out about a single-file checkpoint. */
export interface SingleFileSettings {
  kind?: KindName;
  /** Whether to take the averaged weights of the U-Net, where the file has them beside the last ones. @default false */
  ema?: boolean;
  /** Settings to replace in the configurations, by part: `unet`, `vae`, `text_encoder`, `text_encoder_2`, `scheduler`. */
  config?: Readonly<Record<string, JsonObject>>;
}

/** Key of a safetensors file's metadata that holds its settings as JSON, so that they travel with the file. */
export const SETTINGS_KEY = 'atelier';

/** The settings that a file brings in its metadata. Throws CheckpointError. */
export function settingsOf({ metadata, path }: SafetensorsFile): SingleFileSettings {
  const text = metadata[SETTINGS_KEY];
  return text === undefined ? {} : parseSettings(text, `"${SETTINGS_KEY}" in the metadata of ${path}`);
}

const PARTS = ['unet', 'vae', 'text_encoder', 'text_encoder_2', 'scheduler', 'controlnet'];

/**
 * Reads settings from JSON. Throws CheckpointError.
 *
 * @param source what to call the text in an error
 */
export function parseSettings(text: string, source: string): SingleFileSettings {
  const fail = (what: string) => new CheckpointError(`${source} ${what}.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fail('is not JSON');
  }
  if (!isObject(value)) throw fail('is not a JSON object');
  const { kind, ema = false, config = {}, ...unknown } = value;
  const other = Object.keys(unknown)[0];
  if (other !== undefined) throw fail(`has an unknown setting "${other}"; known are kind, ema, config`);
  if (kind !== undefined && !isKindName(kind)) {
    throw fail(`names a kind that is not known; known are ${KIND_NAMES.join(', ')}`);
  }
  if (typeof ema !== 'boolean') throw fail('has an "ema" that is neither true nor false');
  if (!isObject(config) || !Object.entries(config).every(([part, set]) => PARTS.includes(part) && isObject(set))) {
    throw fail(`has a "config" that is not a JSON object of settings for each of ${PARTS.join(', ')}`);
  }
  return { kind, ema, config: config as Record<string, JsonObject> };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
