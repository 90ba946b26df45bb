/** Where agents bring their pictures, and find what they draw with: HTTPS for nodes of this farm only, a ticket for each picture. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { AtelierError } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import { identityOfSocket, requireIdentity, tlsServerOptions, type Credentials } from '@atelier/trust';
import { problemOf, sendProblem } from '../http/problem.js';
import { assetOf, sendAsset, type AssetRoute } from './asset-route.js';
import type { FileStore } from './file-store.js';
import { modelOf, sendModel, type ModelRoute } from './model-route.js';
import { checkClip, checkPicture } from './picture-check.js';
import type { ExpectedUpload, UploadTickets } from './upload-tickets.js';

export interface UploadListenerOptions {
  host: string;
  /** 0 takes any free one. */
  port: number;
  credentials: Credentials;
  tickets: UploadTickets;
  files: FileStore;
  assets: AssetRoute;
  models: ModelRoute;
  logger: Logger;
}

export interface UploadListener {
  port: number;
  close(): Promise<void>;
}

/** Listens for `PUT /uploads/<attempt>`, `GET /assets/<sha256>` and `GET /models/<sha256>`. Throws `conflict` where the port is taken. */
export async function listenForUploads(options: UploadListenerOptions): Promise<UploadListener> {
  const server = createServer(tlsServerOptions(options.credentials), (request, response) => {
    serve(request, response, options).catch((error: unknown) => refuse(request, response, error, options.logger));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new AtelierError('conflict', `Uploads cannot be taken on ${options.host}:${options.port}: ${error.message}.`),
      ),
    );
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: UploadListenerOptions,
): Promise<void> {
  const asset = assetOf(request);
  if (asset !== undefined) return sendAsset(nodeOf(request), asset, options.assets, response);
  const model = modelOf(request);
  if (model !== undefined) {
    nodeOf(request);
    return sendModel(model, options.models, request.headers.range ?? '', response);
  }
  const sha256 = await take(request, options);
  response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ sha256 }));
}

/** The node that asks. Throws `unauthenticated` or `permission_denied`. */
function nodeOf({ socket }: IncomingMessage): string {
  const identity = identityOfSocket(socket as TLSSocket);
  requireIdentity(identity, { role: 'node' });
  return identity.id;
}

/** Takes one picture, or throws: then nothing of it is left. */
async function take(request: IncomingMessage, { tickets, files }: UploadListenerOptions): Promise<string> {
  const attemptId = /^\/uploads\/([0-9a-f-]+)$/.exec(request.url ?? '')?.[1];
  if (request.method !== 'PUT' || attemptId === undefined)
    throw new AtelierError(
      'not_found',
      'Only PUT /uploads/<attempt>, GET /assets/<sha256> and GET /models/<sha256> are served here.',
    );
  const upload = tickets.admit(nodeOf(request), attemptId, request.headers.authorization ?? '');

  await files.requireRoom(upload.bytes);
  const received = await files.receive(request, upload.bytes);
  try {
    if (received.sha256 !== upload.sha256 || received.bytes !== upload.bytes)
      throw promised('other bytes than its ticket was given for', received, upload);
    const picture = await (upload.isClip ? checkClip(received.path, upload) : checkPicture(received.path));
    if (picture.mediaType !== upload.mediaType) throw promised('another media type', picture, upload);
    if (picture.width !== upload.width || picture.height !== upload.height)
      throw promised('another size', size(picture), size(upload));
    await files.keep(received);
    tickets.complete(upload, picture);
  } catch (error) {
    await files.discard(received);
    throw error;
  }
  return upload.sha256;
}

function promised<T extends object>(what: string, found: T, expected: T | ExpectedUpload): AtelierError {
  const show = (value: object) =>
    Object.keys(found)
      .filter((key) => key !== 'path' && key !== 'pixelSha256')
      .map((key) => `${key} ${String((value as Record<string, unknown>)[key])}`)
      .join(', ');
  return new AtelierError('conflict', `The picture has ${what}: ${show(found)} instead of ${show(expected)}.`);
}

const size = ({ width, height }: { width: number; height: number }) => ({ width, height });

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, logger: Logger): void {
  // The sender left, or was told a part already: there is nobody to answer.
  if ((request.destroyed && !request.complete) || response.headersSent) return void response.destroy();
  response.setHeader('connection', 'close');
  sendProblem(response, problemOf(error, logger));
  request.resume();
}
