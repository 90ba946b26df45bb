import { readConfig } from '../config.js';
import { createOutput, type Output } from '../output/output.js';
import { createClient, type Client } from './client.js';

/** Options that every command has. */
export interface CommonOptions {
  json?: boolean;
}

/** What a command that talks to a farm works with. */
export function connect(options: CommonOptions): { client: Client; output: Output } {
  const { server, apiKey } = readConfig();
  return { client: createClient({ address: server, apiKey }), output: createOutput(options) };
}
