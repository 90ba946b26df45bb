/** The scheduler of a farm. */
export { startScheduler, type RunningScheduler } from './start-scheduler.js';
export type { SchedulerOptions } from './options.js';
