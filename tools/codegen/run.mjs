// `npm run codegen`: writes every **/generated folder anew, from the .proto files, the database schema and the OpenAPI document.
// `npm run codegen -- --check` does the same and exits 1, naming the files, if anything then differs from what is committed.
// The generators are heavy and need no one but whoever changes a schema: they live here, outside the workspaces.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const bin = (name) => join(here, 'node_modules', '.bin', name);
const interfaceFolder = 'apps/dashboard/src/api/generated';
const generated = [
  'libs/contracts/src/generated',
  'libs/diffusion/src/graph/generated',
  'libs/store/src/generated',
  interfaceFolder,
];

/** Runs a step in this folder; what it prints is shown only when it fails. */
function step(name, command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: here,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, npm_config_loglevel: 'error' },
  });
  if (status === 0) return console.log(name);
  console.error(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}\nerror: ${name} failed; its output is above`);
  process.exit(1);
}

/** Whether the generators of package-lock.json are installed, in these versions. */
function isInstalled() {
  const versions = (file) => {
    const { packages } = JSON.parse(readFileSync(join(here, file), 'utf8'));
    return Object.entries(packages).filter(([path, { optional }]) => path !== '' && !optional);
  };
  if (!existsSync(join(here, 'node_modules', '.package-lock.json'))) return false;
  const installed = Object.fromEntries(versions('node_modules/.package-lock.json'));
  return versions('package-lock.json').every(([path, { version }]) => installed[path]?.version === version);
}

if (!isInstalled()) step('install the generators', 'npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts']);
step('gRPC services and messages', bin('buf'), ['generate', '../../proto', '--template', 'buf.gen.contracts.yaml']);
if (existsSync(join(here, 'buf.gen.onnx.yaml')))
  step('ONNX messages', bin('buf'), ['generate', '--template', 'buf.gen.onnx.yaml']);
step('database client', bin('prisma'), ['generate', '--config', 'prisma.config.mjs']);
const served = join(root, interfaceFolder, 'openapi.json');
step('REST interface of the page', bin('openapi-typescript'), [
  served,
  '--output',
  served.replace('openapi.json', 'schema.d.ts'),
]);

if (process.argv.includes('--check')) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  const changed = git('status', '--porcelain', '--', ...generated).trim();
  if (changed !== '') {
    console.error(`error: generated code differs from its source; run "npm run codegen" and commit:\n${changed}`);
    process.exit(1);
  }
  console.log('generated code is up to date');
}
