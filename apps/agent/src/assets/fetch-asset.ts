/** One asset: GET over HTTPS with mutual TLS from the scheduler, taken only if it is what its hash says. */
import { createHash } from 'node:crypto';
import type { Credentials } from '@atelier/trust';
import { answerOf } from '../node/answer.js';

/**
 * The bytes of the asset `sha256` below `url`.
 * Rejects, in a sentence, where the scheduler cannot be reached, refuses, or sends another or too large a content.
 */
export async function fetchAsset(
  url: string,
  sha256: string,
  credentials: Credentials,
  maximumBytes: number,
): Promise<Buffer> {
  if (!url.startsWith('https://')) throw new Error('the scheduler gave no address of assets');
  const response = await answerOf(`${url}/${sha256}`, credentials);
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maximumBytes) {
      response.destroy();
      throw new Error(`it has more than ${maximumBytes} bytes`);
    }
    hash.update(chunk);
    chunks.push(chunk);
  }
  const found = hash.digest('hex');
  if (found !== sha256) throw new Error(`what came has the hash ${found.slice(0, 12)}`);
  return Buffer.concat(chunks);
}
