// The thread of the embedded database: PGlite blocks its thread while it works, so it gets one of its own.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { WireServer } from './wire-server.mjs';

/** @type {{ folder: string, socketPath: string, idleInTransactionMs: number }} */
const { folder, socketPath, idleInTransactionMs } = workerData;
if (!parentPort) throw new Error('worker.mjs runs in a worker thread only');

if (!existsSync(folder)) {
  // Made beside its place and moved there when it is whole: a start that is killed leaves no half database behind.
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  await (await PGlite.create(unfinished)).close();
  renameSync(unfinished, folder);
}
const database = await PGlite.create(folder);
const server = new WireServer(database, {
  idleInTransactionMs,
  onFatal: (error) => {
    throw new Error(`PGlite ended (${error instanceof Error ? error.message : JSON.stringify(error)})`);
  },
});
await server.listen(socketPath);

parentPort.once('message', async () => {
  await server.close();
  await database.close();
  process.exit();
});
parentPort.postMessage('ready');
