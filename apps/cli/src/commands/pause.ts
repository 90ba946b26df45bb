import { plural } from '../output/format.js';
import { jobVerb } from './job-verb.js';

export const define = jobVerb(
  'pause',
  ({ counts }) => `${plural(counts.running, 'task')} end what they began, ${counts.pending} wait`,
  { farm: 'pause' },
);
