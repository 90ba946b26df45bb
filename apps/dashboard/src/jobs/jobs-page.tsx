import type { JobView } from '@atelier/contracts/rest';
import { SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { jobsQuery } from '../api/queries.js';
import { useReadOn } from '../api/use-read-on.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { PageHead } from '../ui/page.js';
import { jobFilterNames, statesOf, type JobFilter } from '../url/search.js';
import { JobRow } from './job-row.js';
import styles from './jobs-page.module.css';

const route = getRouteApi('/jobs');

const nothing: Record<JobFilter | 'all', string> = {
  all: 'No job has been submitted yet',
  active: 'No job is waiting or running',
  completed: 'No job has completed yet',
  failed: 'No job has failed',
  cancelled: 'No job was cancelled',
};

/** Every job, newest first. */
export function JobsPage() {
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(jobsQuery(statesOf(show)));
  const { data, error, refetch } = query;
  const readOn = useReadOn(query);
  const jobs = data?.pages.flatMap(({ items }) => items);

  return (
    <>
      <PageHead title="Jobs">
        <SegmentedControl
          aria-label="Show jobs"
          value={show ?? 'all'}
          data={['all', ...jobFilterNames].map((name) => ({ value: name, label: name }))}
          onChange={(value) =>
            void navigate({ search: { show: value === 'all' ? undefined : (value as JobFilter) }, replace: true })
          }
          className={styles.filter}
        />
      </PageHead>
      {jobs === undefined ? (
        error ? (
          <Failure what="The list of jobs" error={error} retry={() => void refetch()} />
        ) : (
          <Loading what="the jobs" />
        )
      ) : jobs.length === 0 ? (
        <Empty title={nothing[show ?? 'all']}>
          {show === undefined && (
            <p>
              Press <em>New job</em>, or type <code>atelier submit batch.yaml</code>.
            </p>
          )}
        </Empty>
      ) : (
        <JobList jobs={jobs} onEnd={readOn} />
      )}
    </>
  );
}

/** Of a long list only the rows near the screen exist; `onEnd` is called when the last one comes near. */
function JobList({ jobs, onEnd }: { jobs: JobView[]; onEnd: () => void }) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const rows = useWindowVirtualizer({
    count: jobs.length,
    estimateSize: () => 61,
    getItemKey: (index) => jobs[index]?.id ?? index,
    overscan: 8,
    scrollMargin: top,
  });
  const shown = rows.getVirtualItems();
  const atEnd = (shown.at(-1)?.index ?? 0) >= jobs.length - 1;
  useEffect(() => {
    if (atEnd) onEnd();
  }, [atEnd, onEnd]);

  return (
    <ul ref={list} className={styles.list} style={{ height: rows.getTotalSize() }}>
      {shown.map(({ index, key, start }) => {
        const job = jobs[index];
        return (
          job && (
            <li
              key={key}
              data-index={index}
              ref={rows.measureElement}
              aria-setsize={jobs.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              <JobRow job={job} />
            </li>
          )
        );
      })}
    </ul>
  );
}
