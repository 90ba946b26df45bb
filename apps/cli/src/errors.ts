/** How a command ends when something is wrong: one sentence on stderr and an exit code. */

/** What the user typed or handed over is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was right and yet did not succeed: exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** `sentence` is null where everything has been said, as after `--help`. */
export interface Ending {
  sentence: string | null;
  exitCode: number;
}

/** What to tell the user of `error`: 2 for bad usage or input, 1 for everything else. */
export async function endingOf(error: unknown): Promise<Ending> {
  if (!(error instanceof Error)) return { sentence: oneLine(String(error)), exitCode: 1 };
  return { sentence: sentenceOf(error), exitCode: await exitCodeOf(error) };
}

function sentenceOf(error: Error): string | null {
  if (isQuiet(error)) return null;
  return oneLine(error.message).replace(/^error: /, '') || error.name;
}

async function exitCodeOf(error: Error): Promise<number> {
  if ('exitCode' in error && 'code' in error) return error.exitCode === 0 ? 0 : 2; // commander's
  if (inputErrors.has(error.name)) return 2;
  if (error.name === 'EngineError') return inputFaults.has((error as Error & { code: string }).code) ? 2 : 1;
  if (error.name !== 'AtelierError') return 1;
  const { errorCatalogue } = await import('@atelier/contracts');
  const entry = errorCatalogue[(error as Error & { code: keyof typeof errorCatalogue }).code];
  return entry && entry.http < 500 ? 2 : 1;
}

/** By name: their classes live in libraries that most commands never load. */
const inputErrors = new Set(['UsageError', 'InputError', 'CheckpointError']);

/** What the engine refuses because of the request or of a model's files. */
const inputFaults = new Set(['invalid_request', 'unsupported', 'load_failed']);

/** Commander has printed the help or the version already. */
function isQuiet(error: Error & { code?: unknown }): boolean {
  return typeof error.code === 'string' && /^commander\.(help|helpDisplayed|version)$/.test(error.code);
}

const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, ' ');
