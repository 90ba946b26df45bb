import { plural } from '../output/format.js';
import { jobVerb } from './job-verb.js';

export const define = jobVerb('resume', ({ counts }) => `${plural(counts.pending, 'task')} to go`, { farm: 'resume' });
