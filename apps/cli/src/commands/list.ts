/** Every command in the order of `atelier --help`. A command's own file is loaded only when it is called for. */
import type { Command } from 'commander';

/** Adds a command's options and action to it. */
export type Define = (command: Command) => void;

interface Entry {
  name: string;
  summary: string;
  load(): Promise<{ define: Define }>;
}

export const commandGroups: Record<string, Entry[]> = {
  'A farm:': [
    { name: 'up', summary: 'run a whole farm on this machine', load: () => import('./up.js') },
    { name: 'scheduler', summary: 'run the scheduler of a farm', load: () => import('./scheduler.js') },
    { name: 'agent', summary: 'put this machine to work for a farm', load: () => import('./agent.js') },
    { name: 'token', summary: 'make a token with which an agent joins', load: () => import('./token.js') },
  ],
  'Work:': [
    { name: 'submit', summary: 'submit a batch', load: () => import('./submit.js') },
    { name: 'estimate', summary: 'say what a batch would make and take', load: () => import('./estimate.js') },
    { name: 'jobs', summary: 'list jobs, newest first', load: () => import('./jobs.js') },
    { name: 'job', summary: 'show a job, or look on with --watch', load: () => import('./job.js') },
    { name: 'cancel', summary: 'end a job; finished pictures stay', load: () => import('./cancel.js') },
    { name: 'pause', summary: 'start no more tasks of a job, or of the farm', load: () => import('./pause.js') },
    { name: 'resume', summary: 'go on with a paused job or farm', load: () => import('./resume.js') },
    { name: 'retry', summary: 'queue dead and cancelled tasks again', load: () => import('./retry.js') },
    { name: 'download', summary: 'fetch the pictures of a job', load: () => import('./download.js') },
  ],
  'Nodes and models:': [
    { name: 'nodes', summary: 'list nodes and their slots', load: () => import('./nodes.js') },
    { name: 'node', summary: 'show a node, or set its limits', load: () => import('./node.js') },
    { name: 'drain', summary: 'let a node finish and start nothing more', load: () => import('./drain.js') },
    { name: 'undrain', summary: 'let a drained node serve again', load: () => import('./undrain.js') },
    {
      name: 'quarantine',
      summary: 'take a node out until it is undrained and passes its test',
      load: () => import('./quarantine.js'),
    },
    { name: 'chassis', summary: 'list enclosures, or set a watt budget', load: () => import('./chassis.js') },
    { name: 'models', summary: 'list checkpoints and LoRAs of the farm', load: () => import('./models.js') },
  ],
  'This machine:': [
    { name: 'render', summary: 'make a picture here, without a farm', load: () => import('./render.js') },
    { name: 'golden', summary: 'compare the engine with golden cases', load: () => import('./golden.js') },
    {
      name: 'doctor',
      summary: 'say what this machine can do, and what is missing',
      load: () => import('./doctor.js'),
    },
  ],
};
