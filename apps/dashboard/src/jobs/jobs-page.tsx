import type { JobView } from '@atelier/contracts/rest';
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { jobsQuery } from '../api/queries.js';
import { useReadOn } from '../api/use-read-on.js';
import { useCommands } from '../commands/registry.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { PageHead } from '../ui/page.js';
import { useQuietText } from '../ui/use-quiet-text.js';
import { jobFilterNames, statesOf, type JobFilterName } from '../url/search.js';
import { BulkBar } from './bulk-bar.js';
import { JobRow } from './job-row.js';
import styles from './jobs-page.module.css';
import { SavedViews } from './saved-views.js';

const route = getRouteApi('/jobs');

/** Every job, newest first: filtered, chosen, and acted upon one by one or all at once. */
export function JobsPage() {
  const search = route.useSearch();
  const { show, q = '' } = search;
  const navigate = route.useNavigate();
  const filter = useMemo(() => ({ states: statesOf(show), text: q }), [show, q]);
  const query = useInfiniteQuery(jobsQuery(filter));
  const { data, error, refetch } = query;
  const readOn = useReadOn(query);
  const jobs = data?.pages.flatMap(({ items }) => items);
  const field = useQuietText(
    q,
    (text) => void navigate({ search: (before) => ({ ...before, q: text || undefined }), replace: true }),
  );
  useCommands([
    {
      id: 'find',
      keys: '/',
      group: 'here',
      title: t.jobs.find,
      run: () => document.getElementById('job-search')?.focus(),
    },
  ]);

  return (
    <>
      <PageHead title={t.places.jobs}>
        <TextInput id="job-search" size="xs" aria-label={t.jobs.find} placeholder={t.jobs.find} {...field} />
        <SegmentedControl
          aria-label={t.jobs.show}
          value={show ?? 'all'}
          data={(['all', ...jobFilterNames] as const).map((name) => ({ value: name, label: t.jobs.filters[name] }))}
          onChange={(value) =>
            void navigate({
              search: (before) => ({ ...before, show: value === 'all' ? undefined : (value as JobFilterName) }),
              replace: true,
            })
          }
        />
      </PageHead>
      <SavedViews search={search} />
      {jobs === undefined ? (
        error ? (
          <Failure what={t.things.jobs} error={error} retry={() => void refetch()} />
        ) : (
          <Loading what={t.things.jobs} />
        )
      ) : jobs.length === 0 ? (
        <Empty title={q ? t.jobs.noneFound : t.jobs.none[show ?? 'all']}>
          {show === undefined && !q && <p>{t.jobs.begin}</p>}
        </Empty>
      ) : (
        <ChoosableJobs key={JSON.stringify(filter)} jobs={jobs} onEnd={readOn} filter={filter} />
      )}
    </>
  );
}

interface ChoosableJobsProps {
  jobs: JobView[];
  onEnd: () => void;
  filter: { states: readonly JobView['state'][]; text: string };
}

/** The list with what is chosen in it: single jobs, or everything that the filter finds, read or not. */
function ChoosableJobs({ jobs, onEnd, filter }: ChoosableJobsProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const last = useRef<number>(0);

  const choose = useCallback(
    (index: number, extend: boolean) => {
      const from = extend ? Math.min(last.current, index) : index;
      const to = extend ? Math.max(last.current, index) : index;
      last.current = index;
      setAll(false);
      setChosen((before) => {
        const after = new Set(before);
        for (const { id } of jobs.slice(from, to + 1)) if (extend || !after.delete(id)) after.add(id);
        return after;
      });
    },
    [jobs],
  );
  const clear = () => {
    setChosen(new Set());
    setAll(false);
  };
  useCommands([
    { id: 'all', keys: 'shift+a', group: 'here', title: t.jobs.chooseAll, run: () => setAll(true) },
    { id: 'none', keys: 'Escape', group: 'here', title: t.gallery.chooseNone, keysOnly: true, run: clear },
  ]);
  const query = {
    ...(filter.states.length > 0 && { state: [...filter.states] }),
    ...(filter.text && { text: filter.text }),
  };

  return (
    <>
      <div className={styles.head}>
        <Button variant="subtle" color="gray" onClick={() => (all ? clear() : setAll(true))}>
          {all ? t.gallery.chooseNone : t.jobs.chooseAll}
        </Button>
      </div>
      <JobList jobs={jobs} onEnd={onEnd} isChosen={(id) => all || chosen.has(id)} onChoose={choose} />
      {(all || chosen.size > 0) && (
        <BulkBar
          selection={all ? { query } : { ids: [...chosen] }}
          title={all ? t.jobs.allFound : t.jobs.chosen(chosen.size)}
          onDone={clear}
        />
      )}
    </>
  );
}

interface JobListProps {
  jobs: JobView[];
  onEnd: () => void;
  isChosen: (id: string) => boolean;
  onChoose: (index: number, extend: boolean) => void;
}

/** Of a long list only the rows near the screen exist; `onEnd` is called when the last one comes near. */
function JobList({ jobs, onEnd, isChosen, onChoose }: JobListProps) {
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
              <JobRow job={job} index={index} chosen={isChosen(job.id)} onChoose={onChoose} />
            </li>
          )
        );
      })}
    </ul>
  );
}
