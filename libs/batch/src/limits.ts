/** How large a job may be. */
import { AtelierError } from '@atelier/contracts';

/** Most tasks of a job. */
export const maximumTasks = 1e7;

/** The refusal of a batch with more than `maximumTasks` tasks. */
export function tooLarge(count: number): AtelierError {
  const shown = count < Number.MAX_SAFE_INTEGER ? count.toLocaleString('en-US') : 'more than 9 * 10^15';
  const limit = maximumTasks.toLocaleString('en-US');
  return new AtelierError('batch_too_large', `The batch makes ${shown} tasks; a job has at most ${limit}.`);
}

/** At most this many render classes in a job. */
export const maximumClasses = 4096;

/**
 * At most this many groups of tasks are looked at to find the classes. Groups rarely fall together into one class, so
 * a batch with more of them has too many classes anyhow.
 */
export const maximumGroups = 65_536;

export function tooManyClasses(): AtelierError {
  return new AtelierError(
    'batch_too_large',
    `The batch makes more than ${maximumClasses.toLocaleString('en-US')} render classes: too many combinations of models, LoRAs, sizes, samplers, steps or guidance in one job. Split it.`,
  );
}
