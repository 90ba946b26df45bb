import { endingOf } from './errors.js';
import { createProgram } from './program.js';

/** Runs one command line and sets the exit code: 0 done, 1 failed, 2 bad usage or input. */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', leaveWhenNobodyReads);
  process.stderr.on('error', leaveWhenNobodyReads);
  try {
    const program = await createProgram(args);
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    const { sentence, exitCode } = await endingOf(error);
    if (sentence !== null) process.stderr.write(`error: ${sentence}\n`);
    if (process.env.ATELIER_DEBUG === '1') console.error(error);
    process.exitCode = exitCode;
  }
}

/** `atelier jobs | head` closes the pipe early; that is no error. */
function leaveWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
