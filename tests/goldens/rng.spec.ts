import { runRngFile } from '../../libs/diffusion/src/golden/rng.js';
import { testGoldenFolder } from './rows.js';

testGoldenFolder('rng', runRngFile);
