import type { JobDetail } from '@atelier/contracts/rest';
import { between, count, dateTime, duration, energy, percent, secondsBetween } from '../format/quantity.js';
import { jobTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
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
          <StateWord tone={jobTone[job.state]} word={t.states.job[job.state]} />
        </span>
        <span className={styles.share}>{percent(counts.succeeded, counts.total)}</span>
        <JobClock job={job} />
      </div>
      <CountsBar counts={counts} label={t.jobs.progressOf(job.name)} />
      <ul className={styles.counts}>
        <Count name={t.job.counts.made} value={counts.succeeded} of={counts.total} tone="good" />
        <Count name={t.job.counts.inWork} value={counts.running} tone="work" />
        <Count name={t.job.counts.waiting} value={counts.pending} tone="still" />
        <Count name={t.job.counts.failed} value={counts.dead} tone="bad" />
        <Count name={t.job.counts.withheld} value={counts.withheld} tone="wait" />
        <Count name={t.job.counts.cancelled} value={counts.cancelled} tone="still" />
      </ul>
      {job.waitingFor !== null && counts.running === 0 && (
        <p className={styles.waiting}>
          <span>{t.job.waiting}</span> {job.waitingFor}
        </p>
      )}
      {job.queuePosition !== null && counts.pending > 0 && counts.running === 0 && (
        <p className={styles.waiting}>
          <span>{t.job.queue}</span> {t.job.queuePosition(job.queuePosition)}
        </p>
      )}
      {job.deadline && job.finishedAt === null && (
        <p className={styles.deadline} data-tone={deadlineTone(job.deadline.feasible)}>
          <span>{t.job.deadline(dateTime(job.deadline.at))}</span> {job.deadline.sentence}
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

const deadlineTone = (feasible: boolean | null) => (feasible === null ? 'still' : feasible ? 'good' : 'bad');

function Count({ name, value, of, tone }: { name: string; value: number; of?: number; tone: string }) {
  if (value === 0 && of === undefined) return null;
  return (
    <li data-tone={tone}>
      <p>
        {count(value)} {of !== undefined && <span>{t.count.ofTotal(of)}</span>} {name}
      </p>
    </li>
  );
}

function JobClock({ job }: { job: JobDetail }) {
  const now = useNow(1000);
  const over = job.finishedAt !== null;
  const ran = secondsBetween(job.startedAt, job.finishedAt ?? new Date(now).toISOString());
  return (
    <span className={styles.clock} title={t.job.submitted(dateTime(job.createdAt))}>
      {!over && job.etaSeconds !== null && (
        <strong>
          {t.jobs.left(duration(job.etaSeconds))}
          {job.etaRange && <small>{between(job.etaRange)}</small>}
        </strong>
      )}
      {ran !== null && <>{over ? t.picture.took(duration(ran)) : t.job.runningFor(duration(Math.floor(ran)))}</>}
      {job.wattHours !== null && <span>{t.job.used(energy(job.wattHours))}</span>}
      {ran === null && t.job.submitted(dateTime(job.createdAt))}
    </span>
  );
}
