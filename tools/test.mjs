// `npm test`: everything that must hold, in the order in which it fails fastest. On a fresh clone it first installs and builds.
// `npm test -- ARGS` hands ARGS to vitest, e.g. `npm test -- --project unit libs/batch`, and then runs only that.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const report = join(root, '.nx', 'test-report.json');
const reporters = ['default', 'json', join(root, 'tools', 'flaky-reporter.mjs')].map((name) => `--reporter=${name}`);

const steps = [
  ['eslint', ['.', '--max-warnings=0']],
  ['prettier', ['--check', '--log-level=warn', '.']],
  ['tsc', ['-p', 'tsconfig.check.json']],
  ['boundaries', null],
  ['vitest', ['run', ...reporters, `--outputFile.json=${report}`, ...args]],
];

await bootstrap();
mkdirSync(join(root, '.nx'), { recursive: true });
rmSync(report, { force: true });

let failed = false;
for (const [name, parameters] of args.length > 0 ? steps.slice(-1) : steps) {
  const started = performance.now();
  const command = parameters === null ? process.execPath : join(root, 'node_modules', '.bin', name);
  const { status } = spawnSync(command, parameters ?? [join(root, 'tools', 'module-boundaries.mjs')], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  console.log(`${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  failed ||= status !== 0;
}

try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
} catch {
  console.log('vitest left no report');
  failed = true;
}
process.exit(failed ? 1 : 0);
