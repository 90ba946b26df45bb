/** An agent that never obeys: what was revoked it draws to its end and delivers. */
import type { Patch } from './patch.js';

export const zombie = (name: string): Patch => ({
  file: 'agent/dist/node-work.js',
  find: 'revoke({ attemptIds, reason }) {',
  put: 'revoke({ attemptIds, reason }) { return;',
  only: name,
});
