/** Which kind of autoencoder a configuration is of. */
import type { JsonObject } from '../checkpoint/json.js';
import { readTinyVaeConfig, type TinyVaeConfig } from './tiny-vae.js';
import { readVaeConfig, type VaeConfig } from './vae-config.js';

/** Reads the `config.json` of an autoencoder, large or small: a small one says so by settings that no other has. Throws CheckpointError. */
export function readAutoencoderConfig(json: JsonObject, source: string): VaeConfig | TinyVaeConfig {
  return 'encoder_block_out_channels' in json ? readTinyVaeConfig(json, source) : readVaeConfig(json, source);
}
