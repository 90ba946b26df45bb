import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tlsClientOptions, type Credentials } from '@atelier/trust';

/** A connection on which nothing moves for so long is given up. */
const idleTimeoutMs = 60_000;

/**
 * What the scheduler answers to GET over mutual TLS: 200, or 206 where a part was asked for.
 * Rejects, in a sentence, where it cannot be reached or answers something else.
 */
export function answerOf(
  url: string,
  credentials: Credentials,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ...tlsClientOptions(credentials, { role: 'scheduler' }), headers }, (response) => {
      if (response.statusCode === 200 || response.statusCode === 206) return resolve(response);
      response.destroy();
      reject(new Error(`the scheduler answered ${response.statusCode}`));
    });
    call.setTimeout(idleTimeoutMs, () => call.destroy(new Error(`nothing moved for ${idleTimeoutMs / 1000} s`)));
    call.once('error', reject);
    call.end();
  });
}
