import { plural } from '../output/format.js';
import { jobVerb } from './job-verb.js';

export const define = jobVerb('cancel', ({ counts }) => `${plural(counts.succeeded, 'finished picture')} stay`);
