import type { FailureGroup } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { failuresQuery, nodesQuery } from '../api/queries.js';
import { short } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import styles from './failed-tasks.module.css';

/** The tasks of a job that were given up, by what ended them. */
export function FailedTasks({ jobId }: { jobId: string }) {
  const { data, error, refetch } = useQuery(failuresQuery(jobId));
  if (!data)
    return error ? (
      <Failure what={t.things.failures} error={error} retry={() => void refetch()} />
    ) : (
      <Loading what={t.things.failures} />
    );
  if (data.length === 0) return <Empty title={t.job.nothingFailed} />;
  return (
    <ul className={styles.groups}>
      {data.map((group) => (
        <Group key={group.cause} jobId={jobId} group={group} />
      ))}
    </ul>
  );
}

function Group({ jobId, group }: { jobId: string; group: FailureGroup }) {
  const { data: nodes } = useQuery(nodesQuery);
  const names = group.nodes.map((node) => nodes?.find(({ id }) => id === node)?.name ?? short(node, 8));
  return (
    <li className={styles.group}>
      <h3>
        {group.cause} <span>{t.count.pictures(group.tasks)}</span>
      </h3>
      <p>{group.message}</p>
      <p className={styles.about}>{t.job.lastOn(names.join(', '))}</p>
      <p className={styles.indices}>
        {group.indices.map((index) => (
          <Link key={index} to="/pictures/$jobId/$index" params={{ jobId, index }}>
            #{index}
          </Link>
        ))}
        {group.tasks > group.indices.length && <span>{t.bulk.more(group.tasks - group.indices.length)}</span>}
      </p>
    </li>
  );
}
