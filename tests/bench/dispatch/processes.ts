/** Child processes of a benchmark that say `ready` and are ended with it. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Starts the built file beside this one, hands it `order`, and waits until it is ready. */
export async function startHelper(file: string, order: object, args: readonly string[] = []): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv: [] });
  child.send(order);
  await new Promise<void>((done, fail) => {
    child.on('message', (message) => message === 'ready' && done());
    child.once('exit', (code) => fail(new Error(`${file} ended with ${code}`)));
  });
  return child;
}

export function endHelpers(children: readonly ChildProcess[]): void {
  for (const child of children) child.kill('SIGKILL');
}
