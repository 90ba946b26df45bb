/** Two pictures against each other: under a slider, side by side, by hovering, or what differs. */
import type { ResultView } from '@atelier/contracts/rest';
import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { taskQuery } from '../api/queries.js';
import { useCommands } from '../commands/registry.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { Icon } from '../ui/icons.js';
import { PageHead } from '../ui/page.js';
import { compareModes, placeOf, type CompareMode } from '../url/search.js';
import { ComparedPictures } from './compared-pictures.js';
import { Differences } from './differences.js';
import styles from './compare-page.module.css';

const route = getRouteApi('/compare');

export function ComparePage() {
  const { a, b, mode = 'slider' } = route.useSearch();
  const navigate = route.useNavigate();
  const [left, right] = [usePicture(a), usePicture(b)];
  const setMode = (next: CompareMode) =>
    void navigate({ search: (before) => ({ ...before, mode: next === 'slider' ? undefined : next }), replace: true });
  const swap = () => void navigate({ search: (before) => ({ ...before, a: b, b: a }), replace: true });
  useCommands([
    { id: 'swap', keys: 'c', group: 'here', title: t.compare.swap, run: swap },
    {
      id: 'mode',
      keys: 'm',
      group: 'here',
      title: t.compare.nextMode,
      run: () => setMode(compareModes[(compareModes.indexOf(mode) + 1) % compareModes.length]!),
    },
  ]);

  const error = left.error ?? right.error;
  return (
    <>
      <PageHead title={t.compare.title}>
        <SegmentedControl
          aria-label={t.compare.how}
          value={mode}
          data={compareModes.map((value) => ({ value, label: t.compare.modes[value] }))}
          onChange={(value) => setMode(value as CompareMode)}
        />
        <Button leftSection={<Icon name="compare" size={14} />} onClick={swap}>
          {t.compare.swap}
        </Button>
      </PageHead>
      {left.result && right.result && left.task && right.task ? (
        <>
          <ComparedPictures left={left.result} right={right.result} mode={mode} />
          <div className={styles.names}>
            <Name result={left.result} />
            <Name result={right.result} />
          </div>
          <Differences left={left.task} right={right.task} />
        </>
      ) : error ? (
        <Failure what={t.things.picture} error={error} retry={() => location.reload()} />
      ) : left.missing || right.missing ? (
        <Empty title={t.compare.missing}>
          <p>{t.compare.missingHelp}</p>
        </Empty>
      ) : (
        <Loading what={t.things.picture} />
      )}
    </>
  );
}

function usePicture(text: string | undefined) {
  const place = placeOf(text);
  const { data: task, error } = useQuery({
    ...taskQuery(place?.jobId ?? '', place?.index ?? 0),
    enabled: place !== null,
  });
  return {
    task,
    result: task?.result ?? null,
    error,
    missing: place === null || (task !== undefined && task.result === null),
  };
}

const Name = ({ result }: { result: ResultView }) => (
  <Link to="/pictures/$jobId/$index" params={{ jobId: result.jobId, index: result.index }}>
    #{result.index} · {t.fields.seed} {result.seed}
  </Link>
);
