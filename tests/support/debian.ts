/** Programs of Debian that some tests need as they are: found, or installed when this is root on a Debian. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const lock = join(tmpdir(), 'atelier-apt.lock');

/**
 * The path that `find` gives; if it gives none, installs the package and asks again.
 * Throws one sentence that says what to install when it cannot be installed from here.
 */
export async function debianProgram(packageName: string, find: () => string | null): Promise<string> {
  const path = find();
  if (path) return path;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    throw new Error(
      `These tests need Debian's package ${packageName}: install it, e.g. sudo apt-get install ${packageName}.`,
    );
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: 300_000 };
  // Test files run side by side, and apt refuses a second one at once.
  const apt = (...args: string[]) => run('flock', [lock, 'apt-get', ...args], options);
  try {
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', packageName);
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(`apt-get could not install ${packageName}: ${(stderr || message).trim().split('\n').at(-1)}`, {
      cause: error,
    });
  }
  const installed = find();
  if (!installed) throw new Error(`${packageName} is installed but its program is not where it is looked for.`);
  return installed;
}

/** Numbers of a Unix user, for `spawn`. */
export function idsOf(user: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
