import { finishedJobStates, type JobDetail, type ProgressView, type ResultView } from '@atelier/contracts/rest';
import { VisuallyHidden } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { deadTasksQuery, nodesQuery, resultsQuery } from '../api/queries.js';
import { usePreview } from '../api/use-preview.js';
import { useReadOn } from '../api/use-read-on.js';
import { t } from '../texts/texts.js';
import { Bar } from '../ui/bar.js';
import { Failure } from '../ui/blank.js';
import { cellWidths } from '../ui/cell-size.js';
import { Icon } from '../ui/icons.js';
import { PictureTile } from '../ui/picture.js';
import { VirtualGrid, type CellFocus } from '../ui/virtual-grid.js';
import type { CellSize } from '../url/search.js';
import styles from './contact-sheet.module.css';

/** Every picture of a job at its place, made or not: the sheet fills while the farm draws. */
export function ContactSheet({ job, size = 'medium' }: { job: JobDetail; size?: CellSize | undefined }) {
  const results = useInfiniteQuery(resultsQuery(job.id));
  const { data: deadPages } = useInfiniteQuery({ ...deadTasksQuery(job.id), enabled: job.counts.dead > 0 });
  const running = useRunning(job.id);
  const byIndex = useMemo(() => indexed(results.data?.pages.flatMap(({ items }) => items)), [results.data]);
  const dead = useMemo(
    () => new Map(deadPages?.pages.flatMap(({ items }) => items.map((task) => [task.index, task]))),
    [deadPages],
  );

  // Listings go by index: read on until what is on the screen is covered.
  const [lastShown, setLastShown] = useState(0);
  const lastRead = results.data?.pages.at(-1)?.items.at(-1)?.index ?? -1;
  const readOn = useReadOn(results);
  useEffect(() => {
    if (lastShown > lastRead) readOn();
  }, [lastShown, lastRead, readOn]);
  const onRange = useCallback((_first: number, last: number) => setLastShown(last), []);

  if (results.error && !results.data)
    return <Failure what={t.things.pictures} error={results.error} retry={() => void results.refetch()} />;

  const over = finishedJobStates.includes(job.state);
  const [sample] = byIndex.values();
  return (
    <VirtualGrid
      label={t.job.picturesOf(job.name)}
      count={job.counts.total}
      cellWidth={cellWidths[size]}
      ratio={sample ? sample.width / sample.height : 1}
      onRange={onRange}
      cell={(index, focus) => {
        const result = byIndex.get(index);
        if (result) return <PictureTile result={result} focus={focus} />;
        const progress = running.get(index);
        if (progress) return <InWork progress={progress} focus={focus} />;
        const cause = dead.get(index)?.attempts.at(-1)?.message;
        if (dead.has(index)) return <Dead jobId={job.id} index={index} cause={cause ?? null} focus={focus} />;
        return <Vacant index={index} over={over} focus={focus} />;
      }}
    />
  );
}

const indexed = (results: ResultView[] = []) => new Map(results.map((result) => [result.index, result]));

/** What runs of the job at this moment, by index. */
function useRunning(jobId: string): Map<number, ProgressView> {
  const { data: nodes } = useQuery(nodesQuery);
  return useMemo(() => {
    const progress = nodes?.flatMap(({ slots }) => slots.flatMap((slot) => slot.progress)) ?? [];
    return new Map(progress.filter((task) => task.jobId === jobId).map((task) => [task.index, task]));
  }, [nodes, jobId]);
}

function InWork({ progress, focus }: { progress: ProgressView; focus: CellFocus }) {
  const { attemptId, jobId, index, stage, step, steps } = progress;
  const preview = usePreview(attemptId);
  return (
    <Link to="/pictures/$jobId/$index" params={{ jobId, index }} className={styles.work} {...focus}>
      <VisuallyHidden>{t.job.pictureInWork(index)}</VisuallyHidden>
      {preview ? <img src={preview} alt="" /> : <span>{steps > 0 ? `${step}/${steps}` : stage}</span>}
      <Bar share={steps > 0 ? step / steps : 0} tone="work" label={t.job.pictureStage(index, stage)} />
    </Link>
  );
}

function Dead({
  jobId,
  index,
  cause,
  focus,
}: {
  jobId: string;
  index: number;
  cause: string | null;
  focus: CellFocus;
}) {
  return (
    <Link
      to="/pictures/$jobId/$index"
      params={{ jobId, index }}
      className={styles.dead}
      title={cause ?? undefined}
      {...focus}
    >
      <VisuallyHidden>{t.job.pictureFailed(index)}</VisuallyHidden>
      <Icon name="warning" />
      {cause && <span>{cause}</span>}
    </Link>
  );
}

function Vacant({ index, over, focus }: { index: number; over: boolean; focus: CellFocus }) {
  return (
    <div className={styles.vacant} data-over={over || undefined} {...focus}>
      {index}
    </div>
  );
}
