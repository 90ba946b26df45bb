/** A whole embedded farm, through the command that a user types: `atelier up` with its own data folder and port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The content of DATA/run.json. */
export interface RunFile {
  pid: number;
  api: string;
  grpc: string;
  databaseUrl: string;
  agents: { nodeId: string; pid: number; grpc: string; metrics: string; enginePids: number[] }[];
}

export interface Farm {
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** What the farm printed so far, both streams. */
  output(): string;
  run(): RunFile;
  stop(): Promise<void>;
}

export const root = findRoot();
export const atelierBin = join(root, 'apps/cli/bin/atelier.js');

function findRoot(): string {
  let folder = import.meta.dirname;
  for (;;) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string };
      if (manifest.name === 'atelier') return folder;
    } catch {
      // Not this folder: its parent may be.
    }
    folder = resolve(folder, '..');
  }
}

/** A TCP port on loopback that nobody listens on; below those that systems give to connections, so that none takes it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const free = await new Promise<boolean>((done) => {
      const server = createServer().once('error', () => done(false));
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
    });
    if (free) return port;
  }
}

/** Starts a farm and waits until it is ready. `keepData` leaves the data folder behind for a second start. */
export async function startFarm(
  options: { agents?: number; dataDir?: string; port?: number; env?: NodeJS.ProcessEnv; readyMs?: number } = {},
): Promise<Farm> {
  const temporary = options.dataDir === undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'atelier-farm-'));
  const port = options.port ?? (await freePort());
  const child = spawn(
    process.execPath,
    [atelierBin, 'up', '--agents', String(options.agents ?? 1), '--port', String(port), '--data', dataDir],
    {
      cwd: root,
      env: { ...process.env, ATELIER_MODELS: join(root, 'models'), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  const exited = new Promise<void>((done) => child.once('exit', () => done()));

  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await exited;
      clearTimeout(timer);
    }
    if (temporary) rmSync(dataDir, { recursive: true, force: true });
  };
  const run = () => JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8')) as RunFile;

  const deadline = Date.now() + (options.readyMs ?? 170_000);
  for (;;) {
    if (child.exitCode !== null) throw new Error(`atelier up ended with ${child.exitCode}:\n${text}`);
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`atelier up was not ready in time:\n${text}`);
    }
    try {
      const file = run();
      if (file.pid === child.pid && file.agents.length === (options.agents ?? 1)) break;
    } catch {
      // Not written yet.
    }
    await new Promise((wait) => setTimeout(wait, 50));
  }
  return { dataDir, process: child, output: () => text, run, stop };
}
