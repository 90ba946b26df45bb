import type { JobDetail } from '@atelier/contracts/rest';
import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { archiveUrl } from '../api/reads.js';
import { jobQuery } from '../api/queries.js';
import { count, percent, priority } from '../format/quantity.js';
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

const route = getRouteApi('/jobs/$jobId');

/** One job: how far it is and what it waits for, its pictures, what failed, and what was asked for. */
export function JobPage() {
  const { jobId } = route.useParams();
  const { data: job, error, refetch } = useQuery(jobQuery(jobId));
  if (job) return <Job job={job} />;
  return error ? <Failure what="The job" error={error} retry={() => void refetch()} /> : <Loading what="the job" />;
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
        note={[job.project, job.model, priority(job.priority)].filter(Boolean).join(' · ')}
      >
        <JobActions job={job} />
        {counts.succeeded > 0 && (
          <Button component="a" href={archiveUrl(job.id)} download leftSection={<Icon name="download" size={14} />}>
            Download zip
          </Button>
        )}
      </PageHead>
      <JobProgress job={job} />
      <Tabs
        value={tab ?? 'pictures'}
        keepMounted={false}
        onChange={(value) =>
          void navigate({
            search: (before) => ({ ...before, tab: value === 'failed' || value === 'batch' ? value : undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      >
        <div className={styles.bar}>
          <Tabs.List>
            <Tabs.Tab value="pictures">Pictures {count(counts.succeeded)}</Tabs.Tab>
            <Tabs.Tab value="failed">Failed {count(counts.dead)}</Tabs.Tab>
            <Tabs.Tab value="batch">Batch</Tabs.Tab>
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
