import type { JobView } from '@atelier/contracts/rest';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { ago, duration, secondsBetween } from '../format/quantity.js';
import { jobTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { CountsBar } from '../ui/bar.js';
import { StateWord } from '../ui/state-word.js';
import { useNow } from '../ui/use-now.js';
import { JobActions } from './job-actions.js';
import styles from './job-row.module.css';

interface JobRowProps {
  job: JobView;
  /** Position in its list, for choosing from one to another. */
  index?: number;
  chosen?: boolean;
  onChoose?: (index: number, extend: boolean) => void;
}

/** One job in a list. */
export const JobRow = memo(function JobRow({ job, index = 0, chosen = false, onChoose }: JobRowProps) {
  const { counts } = job;
  return (
    <div className={styles.row} data-choosable={onChoose ? true : undefined} data-chosen={chosen || undefined}>
      {onChoose && (
        <input
          type="checkbox"
          className={styles.check}
          checked={chosen}
          aria-label={t.jobs.choose(job.name)}
          onChange={({ nativeEvent }) => onChoose(index, (nativeEvent as MouseEvent).shiftKey)}
        />
      )}
      <div className={styles.name}>
        <Link to="/jobs/$jobId" params={{ jobId: job.id }}>
          {job.name}
        </Link>
        <p>{[job.project, job.model, t.priority(job.priority)].filter(Boolean).join(' · ')}</p>
      </div>
      <div className={styles.state}>
        <StateWord tone={jobTone[job.state]} word={t.states.job[job.state]} />
      </div>
      <div className={styles.progress}>
        <CountsBar counts={counts} label={t.jobs.progressOf(job.name)} />
        <p>
          {t.count.of(counts.succeeded, counts.total)}
          {counts.dead > 0 && <span className={styles.dead}> · {t.count.failed(counts.dead)}</span>}
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
      {job.etaSeconds !== null && job.finishedAt === null && <p>{t.jobs.left(duration(job.etaSeconds))}</p>}
      {took !== null && <p>{t.picture.took(duration(took))}</p>}
      <p className={styles.age}>{ago(job.createdAt, now)}</p>
    </div>
  );
}
