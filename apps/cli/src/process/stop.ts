/** How a process that serves is told to end. */

/**
 * Settles when this process is asked to end: by Ctrl-C, by SIGTERM, or because the process that started it with an
 * IPC channel is gone, however that ended. A second signal ends it on the spot, after `atOnce`.
 */
export function stopRequested(atOnce: () => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = () => {
      if (asked) {
        atOnce();
        process.exit(130);
      }
      asked = true;
      resolve();
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    if (process.channel) process.once('disconnect', resolve);
  });
}

/** Waits for `work`, but not longer: what serves must end, whatever hangs in it. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
