import type { JobDetail } from '@atelier/contracts/rest';
import { count, dateTime, duration, percent, secondsBetween } from '../format/quantity.js';
import { jobTone } from '../format/tone.js';
import { CountsBar } from '../ui/bar.js';
import { Icon } from '../ui/icons.js';
import { StateWord } from '../ui/state-word.js';
import { useNow } from '../ui/use-now.js';
import styles from './job-progress.module.css';

/** State, bar, counts and times of a job, what it waits for, and what the farm warned of when it was submitted. */
export function JobProgress({ job }: { job: JobDetail }) {
  const { counts } = job;
  return (
    <div className={styles.progress}>
      <div className={styles.line}>
        <span className={styles.word}>
          <StateWord tone={jobTone[job.state]} word={job.state} />
        </span>
        <span className={styles.share}>{percent(counts.succeeded, counts.total)}</span>
        <JobClock job={job} />
      </div>
      <CountsBar counts={counts} label="Progress of the job" />
      <ul className={styles.counts}>
        <Count name="made" value={counts.succeeded} of={counts.total} tone="good" />
        <Count name="in work" value={counts.running} tone="work" />
        <Count name="waiting" value={counts.pending} tone="still" />
        <Count name="failed" value={counts.dead} tone="bad" />
        <Count name="cancelled" value={counts.cancelled} tone="still" />
      </ul>
      {job.waitingFor !== null && counts.running === 0 && (
        <p className={styles.waiting}>
          <span>Waiting:</span> {job.waitingFor}
        </p>
      )}
      {job.warnings.map((warning) => (
        <p key={warning} className={styles.warning}>
          <Icon name="warning" size={14} /> {warning}
        </p>
      ))}
    </div>
  );
}

function Count({ name, value, of, tone }: { name: string; value: number; of?: number; tone: string }) {
  if (value === 0 && of === undefined) return null;
  return (
    <li data-tone={tone}>
      <p>
        {count(value)} {of !== undefined && <span>of {count(of)}</span>} {name}
      </p>
    </li>
  );
}

function JobClock({ job }: { job: JobDetail }) {
  const now = useNow(1000);
  const over = job.finishedAt !== null;
  const ran = secondsBetween(job.startedAt, job.finishedAt ?? new Date(now).toISOString());
  return (
    <span className={styles.clock} title={`submitted ${dateTime(job.createdAt)}`}>
      {!over && job.etaSeconds !== null && <strong>{duration(job.etaSeconds)} left</strong>}
      {ran !== null && <>{over ? `took ${duration(ran)}` : `running for ${duration(Math.floor(ran))}`}</>}
      {ran === null && `submitted ${dateTime(job.createdAt)}`}
    </span>
  );
}
