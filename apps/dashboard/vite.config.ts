import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Below so many bytes a compressed file spares nothing. */
const worthCompressing = 1024;

/** Puts `NAME.br` beside each script and style: compressed once, for every browser that takes it (`serve-page.ts`). */
const brotli = (): Plugin => ({
  name: 'brotli',
  apply: 'build',
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css)$/.test(name))) {
      const file = readFileSync(join(dir, name));
      if (file.length >= worthCompressing) writeFileSync(join(dir, `${name}.br`), brotliCompressSync(file));
    }
  },
});

export default defineConfig({
  plugins: [react(), brotli()],
  resolve: { conditions: ['@atelier/source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    // The page is served under a policy that knows no data: scripts or fonts; small icons stay files as well.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One file for all that every visit needs: a browser fetches six at a time, and a scheduler at work answers late.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'page', tags: ['$initial'] }] } } },
  },
  // `npx vite` works on the page against a farm that runs already.
  server: { proxy: { '/api': process.env.ATELIER_SERVER ?? 'http://127.0.0.1:7860' } },
});
