/** The agent of a node. */
export { startAgent, type RunningAgent } from './agent.js';
export type { AgentOptions } from './options.js';
