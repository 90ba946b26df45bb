/** Changes to built files, made while a process of the farm loads them. Production code has no switch that breaks it. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { root } from '../../support/farm.js';

export interface Patch {
  /** End of the file's path, e.g. `store/dist/dispatch/lease.js`. */
  file: string;
  /** Text that must be there. */
  find: string;
  put: string;
  /** Only in processes that were started with this argument. */
  only?: string;
}

/** Environment of a process, and of all that it starts, in which the patches are made. */
export function patchedEnvironment(patches: readonly Patch[]): NodeJS.ProcessEnv {
  if (patches.length === 0) return {};
  const register = pathToFileURL(join(root, 'tests/faults/patch/register.mjs')).href;
  return { NODE_OPTIONS: `--import ${register}`, ATELIER_TEST_PATCHES: JSON.stringify(patches) };
}
