/** How far a piece of work is: a bar on a terminal, now and then a plain line in a pipe. Both on stderr. */
import cliProgress from 'cli-progress';
import { duration } from './format.js';

export interface Progress {
  /** `done` of the total is finished; `remainingSeconds` where somebody knows. */
  update(done: number, remainingSeconds?: number | null): void;
  /** Takes the bar away: to be called before anything else is written. */
  stop(): void;
}

/** In a pipe a line is written when another tenth is done, though not more often than this. */
const lineIntervalMs = 1000;

export function createProgress(noun: string, total: number): Progress {
  return process.stderr.isTTY ? createBar(noun, total) : createLines(noun, total);
}

function createBar(noun: string, total: number): Progress {
  const bar = new cliProgress.SingleBar(
    {
      format: `{bar} {value}/{total} ${noun}{remaining}`,
      barCompleteChar: '━',
      barIncompleteChar: ' ',
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
      gracefulExit: false,
    },
    cliProgress.Presets.legacy,
  );
  bar.start(total, 0, { remaining: '' });
  return {
    update: (done, seconds) =>
      bar.update(done, { remaining: seconds != null && done < total ? `, ${duration(seconds)} left` : '' }),
    stop: () => bar.stop(),
  };
}

function createLines(noun: string, total: number): Progress {
  let tenth = 0;
  let writtenAt = -Infinity;
  return {
    update(done, seconds) {
      const now = performance.now();
      const reached = Math.floor((10 * done) / total);
      if (reached <= tenth || (now - writtenAt < lineIntervalMs && done < total)) return;
      tenth = reached;
      writtenAt = now;
      const remaining = seconds != null && done < total ? `, ${duration(seconds)} left` : '';
      process.stderr.write(`${done}/${total} ${noun}${remaining}\n`);
    },
    stop: () => {},
  };
}
