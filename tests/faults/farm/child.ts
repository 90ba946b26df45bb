/** A command of `atelier` that goes on, as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { atelierBin, root } from '../../support/farm.js';

export interface Child<T> {
  process: ChildProcess;
  /** What the command answered when it was up. */
  answer: T;
  exited: Promise<void>;
}

/** Starts the command with `--json`; resolves with what it answers when it is up. Rejects with its own words. */
export async function startCommand<T>(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Child<T>> {
  const child = spawn(process.execPath, [atelierBin, ...args, '--json'], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const answer = await new Promise<T>((done, fail) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      try {
        done(JSON.parse(text) as T);
      } catch {
        // The document is not complete yet.
      }
    });
    child.once('exit', (code, signal) => fail(new Error(`atelier ${args[0]} ended with ${code ?? signal}: ${said}`)));
  });
  return { process: child, answer, exited };
}
