import { nodeVerb } from './node-verb.js';

export const define = nodeVerb('drain', (command) =>
  command.option('--now', 'give back what runs, instead of finishing it'),
);
