/** One upload: PUT over HTTPS with mutual TLS, to the address and with the right that a ticket gives. */
import { createReadStream } from 'node:fs';
import { request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { agentProto } from '@atelier/contracts';
import { tlsClientOptions, type Credentials } from '@atelier/trust';

export interface PutOptions {
  ticket: agentProto.UploadTicket;
  credentials: Credentials;
  path: string;
  bytes: number;
  mediaType: string;
  signal: AbortSignal;
}

export interface PutAnswer {
  status: number;
  /** The sentence of a problem document, or the beginning of whatever else was answered. */
  detail: string;
}

/** A connection on which nothing moves for so long is given up. */
const idleTimeoutMs = 60_000;
/** A line that is slower than this moves nothing that is worth waiting for. */
const slowestBytesPerSecond = 8 * 1024;
const answerLimitBytes = 16 * 1024;

/** Sends the file; resolves with the answer, whatever it says. Rejects where no answer came. */
export async function putPicture({
  ticket,
  credentials,
  path,
  bytes,
  mediaType,
  signal,
}: PutOptions): Promise<PutAnswer> {
  const url = new URL(ticket.url);
  if (url.protocol !== 'https:') throw new Error(`the ticket's address ${url.origin} is not https`);
  const call = request(url, {
    ...tlsClientOptions(credentials, { role: 'scheduler' }),
    method: 'PUT',
    headers: { authorization: ticket.authorization, 'content-type': mediaType, 'content-length': bytes },
    signal,
  });
  const limitMs = idleTimeoutMs + (bytes / slowestBytesPerSecond) * 1000;
  const limit = setTimeout(
    () => call.destroy(new Error(`it was not through after ${Math.round(limitMs / 1000)} s`)),
    limitMs,
  );
  call.once('close', () => clearTimeout(limit));
  call.setTimeout(idleTimeoutMs, () => call.destroy(new Error(`nothing moved for ${idleTimeoutMs / 1000} s`)));
  const answered = new Promise<PutAnswer>((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text = (text + chunk).slice(0, answerLimitBytes)));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, detail: detailOf(text) }));
    });
  });
  // A server that refuses early closes the connection under the body: its answer counts, not the broken pipe.
  const [answer] = await Promise.allSettled([answered, pipeline(createReadStream(path), call)]);
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;
}

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail ?? text);
  } catch {
    return text.slice(0, 200);
  }
}
