import { nodeVerb } from './node-verb.js';

export const define = nodeVerb('drain');
