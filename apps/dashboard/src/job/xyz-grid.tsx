/** A job's pictures along any of its axes: columns, rows, and grids below each other. Cells fill while the farm draws. */
import type { GridCell, JobAxis } from '@atelier/contracts/rest';
import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { jobAxesQuery, jobGridQuery } from '../api/queries.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { SmallFile } from '../ui/picture-file.js';
import { chosenAxes, formatPositions, parsePositions } from './axes.js';
import styles from './xyz-grid.module.css';

const route = getRouteApi('/jobs/$jobId');
/** Grids below each other that are drawn: each is as large as the axes are long. */
const mostGrids = 24;

export function XyzGrid({ jobId }: { jobId: string }) {
  const { data, error, refetch } = useQuery(jobAxesQuery(jobId));
  const search = route.useSearch();
  const navigate = route.useNavigate();
  if (!data)
    return error ? (
      <Failure what={t.things.grid} error={error} retry={() => void refetch()} />
    ) : (
      <Loading what={t.things.grid} />
    );
  const axes = data.axes.filter(({ size }) => size > 1);
  if (axes.length === 0) return <Empty title={t.grid.noAxes} />;

  const { x, y, z } = chosenAxes(axes, search);
  const positions = parsePositions(search.at);
  const fixed = axes.filter(({ key }) => key !== x.key && key !== y?.key && key !== z?.key);
  const change = (next: object) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const keysOf = (none: boolean) => [
    ...(none ? [{ value: '-', label: t.grid.none }] : []),
    ...axes.map(({ key }) => ({ value: key, label: axisName(key) })),
  ];
  return (
    <>
      <div className={styles.choices}>
        <Choice label={t.grid.x} value={x.key} data={keysOf(false)} onChange={(key) => change({ x: key })} />
        <Choice label={t.grid.y} value={y?.key ?? '-'} data={keysOf(true)} onChange={(key) => change({ y: key })} />
        {axes.length > 2 && (
          <Choice label={t.grid.z} value={z?.key ?? '-'} data={keysOf(true)} onChange={(key) => change({ z: key })} />
        )}
        {fixed.map((axis) => (
          <Choice
            key={axis.key}
            label={axisName(axis.key)}
            value={String(positions.get(axis.key) ?? 0)}
            data={axis.values.map((label, i) => ({ value: String(i), label }))}
            onChange={(position) =>
              change({ at: formatPositions(new Map(positions).set(axis.key, Number(position))) || undefined })
            }
          />
        ))}
      </div>
      {(z ? z.values.slice(0, mostGrids) : ['']).map((label, i) => (
        <section key={i} className={styles.section}>
          {z && (
            <h3>
              {axisName(z.key)} {label}
            </h3>
          )}
          <Grid jobId={jobId} x={x} y={y} at={formatPositions(z ? new Map(positions).set(z.key, i) : positions)} />
        </section>
      ))}
      {z && z.size > mostGrids && <p className={styles.more}>{t.grid.more(z.size - mostGrids)}</p>}
    </>
  );
}

const axisName = (key: string) => (key in t.fields ? t.fields[key as keyof typeof t.fields] : key);

function Choice({
  label,
  value,
  data,
  onChange,
}: {
  label: string;
  value: string;
  data: { value: string; label: string }[];
  onChange: (value: string) => void;
}) {
  return (
    <label className={styles.choice}>
      <span>{label}</span>
      <NativeSelect
        size="xs"
        value={value}
        data={data}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
    </label>
  );
}

function Grid({ jobId, x, y, at }: { jobId: string; x: JobAxis; y: JobAxis | undefined; at: string }) {
  const { data, error, refetch } = useQuery({
    ...jobGridQuery(jobId, x.key, y?.key ?? '', at),
    placeholderData: (before) => before,
  });
  if (!data)
    return error ? (
      <Failure what={t.things.grid} error={error} retry={() => void refetch()} />
    ) : (
      <Loading what={t.things.grid} />
    );
  const columns = data.rows[0]?.length ?? 0;
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t.grid.label(axisName(x.key))}>
      <table className={styles.grid}>
        <thead>
          <tr>
            {y && <td />}
            {x.values.slice(0, columns).map((value, i) => (
              <th key={i} scope="col" title={value}>
                {value}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row, i) => (
            <tr key={i}>
              {y && (
                <th scope="row" title={y.values[i]}>
                  {y.values[i]}
                </th>
              )}
              {row.map((cell, j) => (
                <td key={j}>{cell && <Cell jobId={jobId} cell={cell} />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Cell = ({ jobId, cell }: { jobId: string; cell: GridCell }) => (
  <Link to="/pictures/$jobId/$index" params={{ jobId, index: cell.index }} className={styles.cell}>
    {cell.sha256 && cell.mediaType ? (
      <SmallFile file={{ sha256: cell.sha256, mediaType: cell.mediaType }} alt={`#${cell.index}`} />
    ) : (
      <span>{cell.index}</span>
    )}
  </Link>
);
