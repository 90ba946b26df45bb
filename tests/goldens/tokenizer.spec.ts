import { runTokenizerFile } from '../../libs/diffusion/src/golden/tokenizer.js';
import { testGoldenFolder } from './rows.js';

testGoldenFolder('tokenizer', runTokenizerFile);
