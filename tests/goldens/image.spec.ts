import { runImageFile } from '../../libs/diffusion/src/golden/image.js';
import { testGoldenFolder } from './rows.js';

testGoldenFolder('image', runImageFile);
