import type { JobDetail } from '@atelier/contracts/rest';
import { CopyButton } from '../ui/copy.js';
import styles from './batch-text.module.css';

/** The batch as it was submitted, and what the farm added to it. */
export function BatchText({ job }: { job: JobDetail }) {
  return (
    <div className={styles.batch}>
      <div className={styles.head}>
        <span>
          Seed base {job.seedBase} · job {job.id}
        </span>
        <CopyButton text={job.batch} what="the batch" />
      </div>
      <pre tabIndex={0} aria-label="Batch as submitted">
        {job.batch}
      </pre>
    </div>
  );
}
