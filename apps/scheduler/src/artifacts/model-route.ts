/** Models on their way to nodes that lack them, on the listener that only nodes reach: a list of files, and each of them. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AtelierError, type ModelFiles } from '@atelier/contracts';
import { filesOfModel } from '@atelier/diffusion/checkpoint';

export interface ModelRoute {
  /** The model of this machine with a hash. */
  find(sha256: string): { name: string; path: string } | undefined;
}

interface Asked {
  sha256: string;
  /** Which of its files; undefined: their list. */
  file: number | undefined;
}

/** What an address asks for of a model; undefined for any other address. */
export function modelOf({ method, url }: IncomingMessage): Asked | undefined {
  const [, sha256, file] = /^\/models\/([0-9a-f]{64})(?:\/(\d{1,5}))?$/.exec((method === 'GET' && url) || '') ?? [];
  return sha256 === undefined ? undefined : { sha256, file: file === undefined ? undefined : Number(file) };
}

/** Answers with the list of a model's files, or with one of them from a byte on. Throws `not_found`. */
export async function sendModel(
  { sha256, file }: Asked,
  route: ModelRoute,
  range: string,
  response: ServerResponse,
): Promise<void> {
  const model = route.find(sha256);
  if (!model) throw new AtelierError('not_found', `There is no model ${sha256} here.`);
  const paths = await filesOfModel(model.path);
  if (file === undefined) {
    const files = await Promise.all(paths.map((path) => entryOf(model.path, path)));
    const list: ModelFiles = { name: model.name, files };
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
  }
  const path = paths[file];
  if (path === undefined) throw new AtelierError('not_found', `The model ${sha256} has no file ${file}.`);
  const { size } = await stat(path);
  const start = Math.min(Number(/^bytes=(\d{1,15})-$/.exec(range)?.[1] ?? 0), size);
  response.writeHead(start > 0 ? 206 : 200, {
    ...{ 'content-type': 'application/octet-stream', 'content-length': size - start },
    ...(start > 0 && { 'content-range': `bytes ${start}-${size - 1}/${size}` }),
  });
  await pipeline(createReadStream(path, { start }), response);
}

/** A file by its path below the model's folder; empty for a model that is one file. */
async function entryOf(model: string, path: string): Promise<ModelFiles['files'][number]> {
  return { path: relative(model, path).split(sep).join('/'), bytes: (await stat(path)).size };
}
