/** A run in a process of its own: as root in its own network and mount namespaces, so that it can harm both. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/farm.js';
import { debianProgram } from '../support/debian.js';
import { asRoot } from './faults/fault.js';
import type { RunReport } from './run.js';

const built = join(root, 'tests/dist/faults/main.js');

const findIn = (path: string) => () => (existsSync(path) ? path : null);

/** Runs `main.js` with these arguments. `note` gets a line for each fault. Throws what the run broke with. */
export async function runInProcess(args: readonly string[], note: (text: string) => void): Promise<RunReport> {
  let command = [process.execPath, built, ...args];
  if (!asRoot()) {
    await debianProgram('iproute2', findIn('/usr/sbin/tc'));
    await debianProgram('nftables', findIn('/usr/sbin/nft'));
    command = ['unshare', '--net', '--mount', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command];
  }
  const child = spawn(command[0]!, command.slice(1), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let report = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (report += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    note(chunk.toString().trimEnd());
  });
  await new Promise((done) => child.once('close', done));
  try {
    return JSON.parse(report) as RunReport;
  } catch {
    throw new Error(`the run broke:\n${said.slice(-3000)}`);
  }
}
