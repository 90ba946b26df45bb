/** A Redis server of Debian's package, in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianProgram } from '../../support/debian.js';

export interface RedisServer {
  socket: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts a server that keeps an append-only file and flushes it `always` or once a second. */
export async function startRedis(appendfsync: 'always' | 'everysec'): Promise<RedisServer> {
  const program = await debianProgram('redis-server', () =>
    existsSync('/usr/bin/redis-server') ? '/usr/bin/redis-server' : null,
  );
  const folder = mkdtempSync(join(tmpdir(), 'atelier-redis-'));
  const socket = join(folder, 'redis.sock');
  const child: ChildProcess = spawn(
    program,
    ['--port', '0', '--unixsocket', socket, '--dir', folder]
      .concat(['--appendonly', 'yes', '--appendfsync', appendfsync, '--save', ''])
      .concat(['--maxmemory-policy', 'noeviction']),
    { stdio: 'ignore' },
  );
  const exited = new Promise((done) => child.once('exit', done));
  for (let tries = 0; !existsSync(socket); tries++) {
    if (tries > 500 || child.exitCode !== null) throw new Error('redis-server did not start');
    await new Promise((wait) => setTimeout(wait, 20));
  }
  return {
    socket,
    pid: child.pid!,
    stop: async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
