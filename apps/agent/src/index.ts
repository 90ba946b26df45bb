/** The agent of a node. */
export { startAgent, type RunningAgent } from './agent.js';
export type { AgentOptions } from './options.js';
export { engineRequest, type PathOf } from './slots/engine-request.js';
export { pictureFile } from './slots/picture-file.js';
export type { Images } from './slots/run-images.js';
