import type { TaskView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deadTasksQuery } from '../api/queries.js';
import { plural } from '../format/quantity.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import styles from './failed-tasks.module.css';

/** The tasks of a job that were given up, each with the cause of its last attempt. */
export function FailedTasks({ jobId }: { jobId: string }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    deadTasksQuery(jobId),
  );
  const tasks = data?.pages.flatMap(({ items }) => items);
  if (!tasks)
    return error ? (
      <Failure what="The failed tasks" error={error} retry={() => void refetch()} />
    ) : (
      <Loading what="the failed tasks" />
    );
  if (tasks.length === 0) return <Empty title="Nothing has failed" />;
  return (
    <>
      <ul>
        {tasks.map((task) => (
          <FailedTask key={task.index} task={task} />
        ))}
      </ul>
      {hasNextPage && (
        <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()} mt="md">
          Show more
        </Button>
      )}
    </>
  );
}

function FailedTask({ task }: { task: TaskView }) {
  const last = task.attempts.at(-1);
  return (
    <li className={styles.task}>
      <Link to="/pictures/$jobId/$index" params={{ jobId: task.jobId, index: task.index }} className={styles.index}>
        #{task.index}
      </Link>
      <div>
        <p>
          <strong>{last?.cause ?? 'unknown cause'}</strong> {last?.message}
        </p>
        <p className={styles.prompt}>
          {task.prompt} · seed {task.seed}
        </p>
      </div>
      <span className={styles.attempts}>{plural(task.attempts.length, 'attempt')}</span>
    </li>
  );
}
