// onnxruntime-node ships the native runtimes of every platform in one package; a machine needs its own only.
// Removing the rest takes some 200 MB off an install.
import { readdirSync, rmSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6');
if (existsSync(root)) {
  for (const platform of readdirSync(root)) {
    for (const arch of readdirSync(join(root, platform))) {
      if (platform !== process.platform || arch !== process.arch)
        rmSync(join(root, platform, arch), { recursive: true });
    }
  }
}
