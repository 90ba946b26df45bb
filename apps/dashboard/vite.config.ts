import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
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
