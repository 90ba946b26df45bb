// Two packages bring what other machines or other databases need: an install takes some 260 MB less without.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const modules = join(import.meta.dirname, '..', 'node_modules');
const entriesOf = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

// onnxruntime-node: the native runtimes of every platform; a machine needs its own.
const runtimes = join(modules, 'onnxruntime-node', 'bin', 'napi-v6');
for (const platform of entriesOf(runtimes)) {
  for (const arch of entriesOf(join(runtimes, platform))) {
    if (platform !== process.platform || arch !== process.arch)
      rmSync(join(runtimes, platform, arch), { recursive: true });
  }
}

// @prisma/client: query compilers for five databases, each in two builds, for two module systems; the generated client
// (libs/store/src/generated) imports PostgreSQL's small one as ES modules.
const compilers = join(modules, '@prisma', 'client', 'runtime');
for (const file of entriesOf(compilers)) {
  const used = /^query_compiler_small_bg\.postgresql\..*mjs$/.test(file);
  if (file.startsWith('query_compiler_') && !used) rmSync(join(compilers, file));
}
