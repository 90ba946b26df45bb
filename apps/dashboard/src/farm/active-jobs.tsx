import type { JobState, JobView } from '@atelier/contracts/rest';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { jobsQuery } from '../api/queries.js';
import { JobRow } from '../jobs/job-row.js';
import { t } from '../texts/texts.js';
import { Section } from '../ui/page.js';
import { statesOf } from '../url/search.js';

const shown = 4;
export const activeJobs = { states: statesOf('active'), text: '' };

/** What comes first is what a person looks for: the jobs that run, then those that could. */
const order: readonly JobState[] = ['running', 'cancelling', 'queued', 'paused'];
const byState = (a: JobView, b: JobView) => order.indexOf(a.state) - order.indexOf(b.state);

/** The jobs in work; the view of all jobs has the rest. */
export function ActiveJobs() {
  const { data } = useInfiniteQuery(jobsQuery(activeJobs));
  const jobs = data?.pages.flatMap(({ items }) => items) ?? [];
  if (jobs.length === 0) return null;
  return (
    <Section title={t.farm.jobsInWork} aside={<Link to="/jobs">{t.farm.allJobs}</Link>}>
      <ul>
        {jobs
          .toSorted(byState)
          .slice(0, shown)
          .map((job) => (
            <li key={job.id}>
              <JobRow job={job} />
            </li>
          ))}
      </ul>
    </Section>
  );
}
