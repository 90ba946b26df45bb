/** Bars: how far a job is, how far a picture is, how full a memory is. */
import type { JobCounts } from '@atelier/contracts/rest';
import type { Tone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import styles from './bar.module.css';

/** `share` of 1 in one colour. */
export function Bar({ share, tone, label }: { share: number; tone: Tone; label: string }) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, share)));
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span className={styles.part} data-tone={tone} style={{ width: `${percent}%` }} />
    </div>
  );
}

/** A job's tasks: made, in work, dead, cancelled; the rest of the bar is what still waits. */
export function CountsBar({ counts, label }: { counts: JobCounts; label: string }) {
  const parts: [keyof JobCounts, string][] = [
    ['succeeded', 'good'],
    ['dead', 'bad'],
    ['cancelled', 'still'],
    ['running', 'work'],
  ];
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={counts.total}
      aria-valuenow={counts.succeeded}
      aria-valuetext={t.count.of(counts.succeeded, counts.total)}
    >
      {parts.map(([name, tone]) =>
        counts[name] > 0 ? (
          <span
            key={name}
            className={styles.part}
            data-tone={tone}
            style={{ width: `${(100 * counts[name]) / counts.total}%` }}
          />
        ) : null,
      )}
    </div>
  );
}
