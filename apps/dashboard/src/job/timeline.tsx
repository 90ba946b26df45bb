/** Where a job's time goes: the sums of its stages, and its latest attempts on the slots that made them. */
import { attemptStages, finishedJobStates, type JobDetail, type TimelineSpan } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { nodesQuery, timelineQuery } from '../api/queries.js';
import { duration, timeOfDay } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { lanesOf, partsOf } from './lanes.js';
import styles from './timeline.module.css';

export function Timeline({ job }: { job: JobDetail }) {
  const running = !finishedJobStates.includes(job.state);
  const { data, error, refetch } = useQuery(timelineQuery(job.id, running));
  if (!data)
    return error ? (
      <Failure what={t.things.timeline} error={error} retry={() => void refetch()} />
    ) : (
      <Loading what={t.things.timeline} />
    );
  if (data.spans.length === 0) return <Empty title={t.timeline.empty} />;
  const total = attemptStages.reduce((sum, stage) => sum + data.stages[stage], 0);
  return (
    <div className={styles.timeline}>
      <div className={styles.sums} role="img" aria-label={t.timeline.sums}>
        {attemptStages.map((stage) => (
          <span key={stage} data-stage={stage} style={{ flexGrow: data.stages[stage] }} />
        ))}
      </div>
      <ul className={styles.legend}>
        {attemptStages
          .filter((stage) => data.stages[stage] > 0)
          .map((stage) => (
            <li key={stage}>
              <i data-stage={stage} aria-hidden /> {t.stages[stage]} <strong>{duration(data.stages[stage])}</strong>{' '}
              <span>{total > 0 && `${((100 * data.stages[stage]) / total).toFixed(0)} %`}</span>
            </li>
          ))}
      </ul>
      <Lanes jobId={job.id} spans={data.spans} />
      {data.attempts > data.spans.length && (
        <p className={styles.note}>{t.timeline.latest(data.spans.length, data.attempts)}</p>
      )}
    </div>
  );
}

/** Pixels of a line of attempts. */
const rowHeight = 18;

function Lanes({ jobId, spans }: { jobId: string; spans: readonly TimelineSpan[] }) {
  const { data: nodes } = useQuery(nodesQuery);
  const navigate = useNavigate();
  const { lanes, from, to } = lanesOf(spans, Date.now());
  const share = (time: number) => `${(100 * (time - from)) / Math.max(1, to - from)}%`;
  return (
    <div className={styles.lanes}>
      {lanes.map((lane) => (
        <div key={lane.id} className={styles.lane}>
          <span className={styles.slot}>
            {nodes?.find(({ id }) => id === lane.nodeId)?.name ?? lane.nodeId.slice(-8)} <small>{lane.slotId}</small>
          </span>
          {/* The sheet of pictures leads to each attempt by keyboard; here the pointer may, too. */}
          <div
            className={styles.track}
            role="img"
            aria-label={t.timeline.lane(lane.rows.flat().length)}
            style={{ height: rowHeight * lane.rows.length }}
            onClick={({ target }) => {
              const index = (target as HTMLElement).closest<HTMLElement>('[data-index]')?.dataset.index;
              if (index !== undefined)
                void navigate({ to: '/pictures/$jobId/$index', params: { jobId, index: Number(index) } });
            }}
          >
            {lane.rows.map((row, line) =>
              row.map((span) => (
                <span
                  key={`${span.index}-${span.number}`}
                  className={styles.span}
                  data-state={span.state}
                  data-index={span.index}
                  title={t.timeline.span(span.index, span.number, t.states.attempt[span.state])}
                  style={{
                    left: share(span.begin),
                    width: `max(3px, ${(100 * (span.end - span.begin)) / Math.max(1, to - from)}%)`,
                    top: rowHeight * line,
                  }}
                >
                  {partsOf(span).map(({ stage, share: part }) => (
                    <i key={stage} data-stage={stage} style={{ flexGrow: part }} />
                  ))}
                </span>
              )),
            )}
          </div>
        </div>
      ))}
      <p className={styles.axis}>
        <span>{timeOfDay(from)}</span>
        <span>{duration((to - from) / 1000)}</span>
        <span>{timeOfDay(to)}</span>
      </p>
    </div>
  );
}
