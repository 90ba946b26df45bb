// `npm run demo [-- --exit]`: a farm of two agents on this machine draws examples/harbour.yaml into out/ and goes on
// serving; with --exit it stops after the batch and exits 0 if every picture is there. Node's own modules only.
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';

const root = join(import.meta.dirname, '..');
const atelier = join(root, 'apps', 'cli', 'bin', 'atelier.js');
const out = join(root, 'out');
const usualPort = 7860;

const unknown = process.argv.slice(2).find((argument) => argument !== '--exit');
if (unknown) {
  console.error(`error: unknown option '${unknown}'; usage: npm run demo [-- --exit]`);
  process.exit(2);
}

await bootstrap();
const dataDir = mkdtempSync(join(tmpdir(), 'atelier-demo-'));
const environment = { ...process.env, ATELIER_MODELS: join(root, 'models') };
for (const name of ['ATELIER_SERVER', 'ATELIER_DATABASE_URL', 'ATELIER_NATS_URL']) delete environment[name];

let farm;
let submit;
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void leave(130));

const api = await startFarm();
console.log(`\nDashboard: ${api}\n`);
const done = await drawHarbour(api);
if (process.argv.includes('--exit')) await leave(done ? 0 : 1);
else if (!stopping) console.log('The farm goes on serving. Ctrl-C ends it.');

/** Starts `atelier up`. All children have process groups of their own, so that a Ctrl-C reaches them once, through us. */
async function startFarm() {
  const started = performance.now();
  process.stderr.write('Starting the farm …\n');
  const port = await freePort(usualPort);
  const args = ['up', '--agents', '2', '--port', String(port), '--data', dataDir, '--json'];
  farm = fork(atelier, args, { env: environment, detached: true, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  farm.once('exit', (code) => void leave(code || 1));
  const run = JSON.parse(await wholeDocument(farm.stdout));
  process.stderr.write(`Starting the farm … done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return run.api;
}

/** Submits the batch and looks on; whether all its pictures are in out/ at the end. */
async function drawHarbour(server) {
  rmSync(out, { recursive: true, force: true });
  const batch = join(root, 'examples', 'harbour.yaml');
  submit = spawn(process.execPath, [atelier, 'submit', batch, '--watch', '--output', out], {
    env: { ...environment, ATELIER_SERVER: server },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve) => submit.once('close', resolve));
  if (code !== 0 || stopping) return false;
  const files = readdirSync(out);
  const listed = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).map(({ file }) => file);
  console.log(`${listed.length} pictures and manifest.json are in ${out}`);
  return listed.length > 0 && files.length === listed.length + 1 && listed.every((file) => files.includes(file));
}

/** Ends the farm, removes its data and exits. */
async function leave(code) {
  if (stopping) return;
  stopping = true;
  submit?.kill();
  if (farm && farm.exitCode === null && farm.signalCode === null) {
    const ended = new Promise((resolve) => farm.once('exit', resolve));
    farm.kill('SIGTERM');
    const impatience = setTimeout(() => farm.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(impatience);
  }
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

/** What a stream prints up to the end of one JSON document. */
async function wholeDocument(stream) {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (/^\}\s*$/m.test(text)) return text;
  }
  return await new Promise(() => {}); // The farm has ended; its exit ends us too.
}

/** The first port from `port` on that nobody listens on. */
async function freePort(port) {
  for (; ; port++) {
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
