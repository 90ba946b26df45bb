/** A NATS server with JetStream, of Debian's package, in a folder of its own. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianProgram } from './debian.js';
import { gone, killIfAlive } from './processes.js';

export interface NatsServer {
  /** Of loopback, e.g. `nats://127.0.0.1:41234`. */
  url: string;
  pid: number;
  folder: string;
}

const findServer = () =>
  ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'].find((path) => existsSync(path)) ??
  null;

/** Starts a server on a port that the system chooses. */
export const startNats = (): Promise<NatsServer> => launch(mkdtempSync(join(tmpdir(), 'atelier-nats-')), -1);

/** Starts a killed server again, on its port and over what it had stored. */
export const resumeNats = ({ folder, url }: NatsServer): Promise<NatsServer> =>
  launch(folder, Number(new URL(url).port));

async function launch(folder: string, port: number): Promise<NatsServer> {
  const program = await debianProgram('nats-server', findServer);
  const log = join(folder, 'log');
  const options = ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port), '--ports_file_dir', folder, '-l', log];
  const child = spawn(program, options, { stdio: 'ignore', detached: true });
  child.unref();
  // The server writes this file when it listens.
  const portsFile = join(folder, `nats-server_${child.pid}.ports`);
  for (let tries = 0; tries < 500 && child.exitCode === null; tries++) {
    if (existsSync(portsFile)) {
      const { nats } = JSON.parse(readFileSync(portsFile, 'utf8')) as { nats: string[] };
      return { url: nats[0]!, pid: child.pid!, folder };
    }
    await new Promise((wait) => setTimeout(wait, 20));
  }
  const text = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-3).join(' ') : '';
  throw new Error(`nats-server did not start: ${text || `exit code ${child.exitCode}`}`);
}

/** Kills the server; `resumeNats` starts it again. */
export async function killNats({ pid }: NatsServer): Promise<void> {
  killIfAlive(pid);
  await gone(pid);
}

/** Stops the server and deletes its folder. */
export async function stopNats(server: NatsServer): Promise<void> {
  await killNats(server);
  rmSync(server.folder, { recursive: true, force: true });
}
