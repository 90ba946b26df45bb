/** Assets on their way to the nodes that draw with them: `GET /assets/<sha256>` on the listener that only nodes reach. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AtelierError } from '@atelier/contracts';
import type { Artifacts } from '@atelier/store';
import type { FileStore } from './file-store.js';

export interface AssetRoute {
  artifacts: Pick<Artifacts, 'get'>;
  files: FileStore;
  /** Whether a task that the node holds an attempt of names the asset. */
  mayRead(nodeId: string, sha256: string): boolean;
}

/** The hash in the address of an asset; undefined for any other address. */
export const assetOf = ({ method, url }: IncomingMessage): string | undefined =>
  method === 'GET' ? /^\/assets\/([0-9a-f]{64})$/.exec(url ?? '')?.[1] : undefined;

/** Sends an asset to a node. Throws `permission_denied` where no attempt of the node names it, `not_found` where it is gone. */
export async function sendAsset(
  nodeId: string,
  sha256: string,
  { artifacts, files, mayRead }: AssetRoute,
  response: ServerResponse,
): Promise<void> {
  if (!mayRead(nodeId, sha256))
    throw new AtelierError('permission_denied', `No attempt that this node holds names the asset ${sha256}.`);
  const artifact = await artifacts.get(sha256);
  if (!artifact || !(await files.has(sha256))) throw new AtelierError('not_found', `There is no asset ${sha256}.`);
  response.writeHead(200, { 'content-type': artifact.mediaType, 'content-length': artifact.bytes });
  await pipeline(files.stream(sha256), response);
}
