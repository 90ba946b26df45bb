import { finishedJobStates, type JobDetail } from '@atelier/contracts/rest';
import { Button, NativeSelect, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useJobPriority } from '../api/actions.js';
import { archiveUrl } from '../api/reads.js';
import { jobQuery } from '../api/queries.js';
import { count, percent } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { jobTabs, type JobTab } from '../url/search.js';
import { JobActions } from '../jobs/job-actions.js';
import { Failure, Loading } from '../ui/blank.js';
import { CellSizeControl } from '../ui/cell-size.js';
import { Icon } from '../ui/icons.js';
import { PageHead } from '../ui/page.js';
import { BatchText } from './batch-text.js';
import { ContactSheet } from './contact-sheet.js';
import { FailedTasks } from './failed-tasks.js';
import styles from './job-page.module.css';
import { JobProgress } from './job-progress.js';
import { Timeline } from './timeline.js';
import { XyzGrid } from './xyz-grid.js';

const route = getRouteApi('/jobs/$jobId');

/** One job: how far it is and what it waits for, its pictures, what failed, and what was asked for. */
export function JobPage() {
  const { jobId } = route.useParams();
  const { data: job, error, refetch } = useQuery(jobQuery(jobId));
  if (job) return <Job job={job} />;
  return error ? (
    <Failure what={t.things.job} error={error} retry={() => void refetch()} />
  ) : (
    <Loading what={t.things.job} />
  );
}

function Job({ job }: { job: JobDetail }) {
  const { tab, size } = route.useSearch();
  const navigate = route.useNavigate();
  const { counts } = job;
  const share = job.state === 'completed' ? '✓' : percent(counts.succeeded, counts.total);
  return (
    <>
      <PageHead
        title={job.name}
        tabTitle={`${share} ${job.name}`}
        note={[job.project, job.submittedBy, job.model].filter(Boolean).join(' · ')}
      >
        {!finishedJobStates.includes(job.state) && <Priority job={job} />}
        <JobActions job={job} />
        {counts.succeeded > 0 && (
          <Button component="a" href={archiveUrl(job.id)} download leftSection={<Icon name="download" size={14} />}>
            {t.ui.downloadZip}
          </Button>
        )}
      </PageHead>
      <JobProgress job={job} />
      <Tabs
        value={tab ?? 'pictures'}
        keepMounted={false}
        onChange={(value) =>
          void navigate({
            search: (before) => ({ ...before, tab: jobTabs.includes(value as JobTab) ? (value as JobTab) : undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      >
        <div className={styles.bar}>
          <Tabs.List>
            <Tabs.Tab value="pictures">
              {t.job.tabs.pictures} {count(counts.succeeded)}
            </Tabs.Tab>
            <Tabs.Tab value="grid">{t.job.tabs.grid}</Tabs.Tab>
            <Tabs.Tab value="timeline">{t.job.tabs.timeline}</Tabs.Tab>
            <Tabs.Tab value="failed">
              {t.job.tabs.failed} {count(counts.dead)}
            </Tabs.Tab>
            <Tabs.Tab value="batch">{t.job.tabs.batch}</Tabs.Tab>
          </Tabs.List>
          {tab === undefined && (
            <CellSizeControl
              value={size}
              onChange={(next) =>
                void navigate({
                  search: (before) => ({ ...before, size: next }),
                  replace: true,
                  resetScroll: false,
                })
              }
            />
          )}
        </div>
        <Tabs.Panel value="pictures">
          <ContactSheet job={job} size={size} />
        </Tabs.Panel>
        <Tabs.Panel value="grid">
          <XyzGrid jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <Timeline job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="failed">
          <FailedTasks jobId={job.id} />
        </Tabs.Panel>
        <Tabs.Panel value="batch">
          <BatchText job={job} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

const priorities = { low: -100, normal: 0, high: 100 } as const;

function Priority({ job }: { job: JobDetail }) {
  const { mutate } = useJobPriority(job.id);
  const named = Object.entries(priorities).map(([name, value]) => ({
    value: String(value),
    label: t.priorities[name as keyof typeof priorities],
  }));
  const known = named.some(({ value }) => Number(value) === job.priority);
  return (
    <NativeSelect
      size="xs"
      aria-label={t.bulk.actions.priority}
      value={String(job.priority)}
      data={known ? named : [...named, { value: String(job.priority), label: t.priority(job.priority) }]}
      onChange={({ currentTarget }) => mutate(Number(currentTarget.value))}
    />
  );
}
