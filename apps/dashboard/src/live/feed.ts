/** Pours gathered changes into the query cache, and reads again what a change tells of but does not carry. */
import type { JobDetail, JobGrid, JobView, NodeView, ResultView } from '@atelier/contracts/rest';
import type { QueryClient } from '@tanstack/react-query';
import { getJob, type JobFilter } from '../api/reads.js';
import { keys } from '../api/keys.js';
import {
  applyToGrid,
  applyToJob,
  applyToJobResults,
  applyToJobs,
  applyToNewest,
  applyToNodes,
  applyToPreviews,
  type Pages,
  type Previews,
} from './apply.js';
import { arrivals } from './arrivals.js';
import type { Change } from './gather.js';
import { throttleByKey } from './throttle.js';

/** As many of the newest pictures as the widest screen shows in one row. */
export const newestKept = 32;

/** The farm's state and its last hour are read again at most this often. */
const farmIntervalMs = 2000;
const jobIntervalMs = 1000;

export interface Feed {
  apply(change: Change): void;
  /** After a gap that the log did not close: everything on the screen is read again. */
  refresh(): void;
}

export function createFeed(client: QueryClient): Feed {
  const farm = throttleByKey(farmIntervalMs, () => void client.invalidateQueries({ queryKey: keys.farm }));
  // The counts of a job move with each of its tasks; only `job.changed` and the job itself carry them.
  const jobs = throttleByKey(jobIntervalMs, (id) => {
    void getJob(id).then(
      (job) => apply({ ...nothing(), jobs: new Map([[id, job]]) }),
      () => undefined, // The next change of the job asks again; a lost connection has its banner.
    );
    void client.invalidateQueries({ queryKey: keys.deadTasks(id) });
    void client.invalidateQueries({ queryKey: keys.failures(id) });
  });

  function apply(change: Change): void {
    if (change.reset) return refresh();

    client.setQueryData<readonly NodeView[]>(keys.nodes, (nodes) => nodes && applyToNodes(nodes, change));
    const nodes = client.getQueryData<readonly NodeView[]>(keys.nodes) ?? [];
    client.setQueryData<Previews>(keys.previews, (previews = {}) => applyToPreviews(previews, change, nodes));

    for (const [key, list] of client.getQueriesData<Pages<JobView>>({ queryKey: keys.jobLists }))
      if (list) client.setQueryData(key, applyToJobs(list, change, key[2] as JobFilter));
    for (const id of change.jobs.keys())
      client.setQueryData<JobDetail>(keys.job(id), (job) => job && applyToJob(job, change));

    client.setQueryData<readonly ResultView[]>(
      keys.newest,
      (newest) => newest && applyToNewest(newest, change, newestKept),
    );
    if (change.results.length > 0) arrivals.add(change.results.length);
    for (const id of new Set(change.results.map(({ jobId }) => jobId))) {
      client.setQueryData<Pages<ResultView>>(keys.results(id), (list) => list && applyToJobResults(list, change, id));
      const ofJob = change.results.filter(({ jobId }) => jobId === id);
      client.setQueriesData<JobGrid>({ queryKey: keys.jobGrids(id) }, (grid) => grid && applyToGrid(grid, ofJob));
    }

    for (const { jobId, index } of [...change.results, ...change.dead]) {
      void client.invalidateQueries({ queryKey: keys.task(jobId, index) });
      if (!change.jobs.has(jobId)) jobs.call(jobId);
    }
    if (change.jobs.size + change.nodes.size + change.results.length + change.dead.length > 0) farm.call('farm');
  }

  function refresh(): void {
    void client.invalidateQueries();
  }

  return { apply, refresh };
}

const nothing = (): Change => ({
  jobs: new Map(),
  nodes: new Map(),
  results: [],
  dead: [],
  progress: new Map(),
  reset: false,
});
