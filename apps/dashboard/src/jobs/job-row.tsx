import type { JobView } from '@atelier/contracts/rest';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { ago, count, duration, secondsBetween } from '../format/quantity.js';
import { jobTone } from '../format/tone.js';
import { CountsBar } from '../ui/bar.js';
import { StateWord } from '../ui/state-word.js';
import { useNow } from '../ui/use-now.js';
import { JobActions } from './job-actions.js';
import styles from './job-row.module.css';

/** One job in a list. */
export const JobRow = memo(function JobRow({ job }: { job: JobView }) {
  const { counts } = job;
  return (
    <div className={styles.row}>
      <div className={styles.name}>
        <Link to="/jobs/$jobId" params={{ jobId: job.id }}>
          {job.name}
        </Link>
        <p>
          {job.project} · {job.model}
        </p>
      </div>
      <div className={styles.state}>
        <StateWord tone={jobTone[job.state]} word={job.state} />
      </div>
      <div className={styles.progress}>
        <CountsBar counts={counts} label={`Progress of ${job.name}`} />
        <p>
          {count(counts.succeeded)} of {count(counts.total)}
          {counts.dead > 0 && <span className={styles.dead}> · {count(counts.dead)} failed</span>}
        </p>
      </div>
      <JobTime job={job} />
      <div className={styles.actions}>
        <JobActions job={job} compact />
      </div>
    </div>
  );
});

/** How long it will take, or took; and how long ago it was submitted. */
function JobTime({ job }: { job: JobView }) {
  const now = useNow(10_000);
  const took = secondsBetween(job.startedAt, job.finishedAt);
  return (
    <div className={styles.time}>
      {job.etaSeconds !== null && job.finishedAt === null && <p>{duration(job.etaSeconds)} left</p>}
      {took !== null && <p>took {duration(took)}</p>}
      <p className={styles.age}>{ago(job.createdAt, now)}</p>
    </div>
  );
}
