// `npm run bench -- NAME [--json FILE] [--strict]`: builds what is needed, then runs one benchmark of tests/bench.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
const main = join(import.meta.dirname, '..', 'tests', 'dist', 'bench', 'main.js');
process.exit(spawnSync(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1);
