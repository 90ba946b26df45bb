/** A thread of the engine's process that waits for the parent's end. */
import { Socket } from 'node:net';
import { LIFELINE_FD } from './lifeline.js';

new Socket({ fd: LIFELINE_FD })
  .on('error', () => {})
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume();
