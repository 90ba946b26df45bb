import { nodeVerb } from './node-verb.js';

export const define = nodeVerb('quarantine', (command) =>
  command.option('--reason <sentence>', 'why, for whoever looks at the node'),
);
