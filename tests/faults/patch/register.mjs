// Preloaded by NODE_OPTIONS: hands the patches of ATELIER_TEST_PATCHES to the loader, where they concern this process.
import { register } from 'node:module';

const patches = JSON.parse(process.env.ATELIER_TEST_PATCHES ?? '[]');
const mine = patches.filter(({ only }) => only === undefined || process.argv.includes(only));
if (mine.length > 0) register('./hooks.mjs', import.meta.url, { data: { patches: mine } });
