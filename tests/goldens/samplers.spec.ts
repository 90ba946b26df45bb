import { runSamplerFile } from '../../libs/diffusion/src/golden/samplers.js';
import { testGoldenFolder } from './rows.js';

testGoldenFolder('samplers', runSamplerFile);
