#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('atelier is not built yet; doing that once.\n');
  const { bootstrap } = await import('../../../tools/bootstrap.mjs');
  await bootstrap();
}
const { main: run } = await import(main.href);
await run(process.argv.slice(2));
