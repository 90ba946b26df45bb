// Installs and builds what a clone needs, and nothing when it is there already. Node's own modules only: it runs first.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/**
 * Brings `node_modules` to package-lock.json and every `dist` to its source. Progress goes to stderr, one line a step with
 * its seconds; what a step printed is shown only when it fails, and then the process exits 1.
 */
export async function bootstrap() {
  if (!isInstalled()) await step('Installing packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  await step('Building', 'npm', ['run', '--silent', 'build']);
}

/** Whether every package of package-lock.json lies in node_modules in its version; those of other platforms may lack. */
function isInstalled() {
  const packages = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  try {
    const installed = packages('node_modules/.package-lock.json');
    return Object.entries(packages('package-lock.json')).every(
      ([path, { version, optional, link, devOptional }]) =>
        !path.includes('node_modules/') ||
        (installed[path] ? link || installed[path].version === version : optional || devOptional),
    );
  } catch {
    return false;
  }
}

async function step(name, command, args) {
  const started = performance.now();
  const terminal = process.stderr.isTTY;
  const seconds = () => ((performance.now() - started) / 1000).toFixed(terminal ? 0 : 1);
  process.stderr.write(`${name} …${terminal ? '' : '\n'}`);
  const ticking = terminal && setInterval(() => process.stderr.write(`\r${name} … ${seconds()} s`), 1000);

  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, NX_TUI: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const printed = [];
  child.stdout.on('data', (chunk) => printed.push(chunk));
  child.stderr.on('data', (chunk) => printed.push(chunk));
  const code = await new Promise((done) => child.once('error', () => done(1)).once('close', done));

  clearInterval(ticking);
  process.stderr.write(`${terminal ? '\r' : ''}${name} … ${code === 0 ? 'done' : 'failed'} in ${seconds()} s\n`);
  if (code !== 0) {
    process.stderr.write(Buffer.concat(printed));
    process.stderr.write(`error: "${[command, ...args].join(' ')}" failed; its output is above\n`);
    process.exit(1);
  }
}
