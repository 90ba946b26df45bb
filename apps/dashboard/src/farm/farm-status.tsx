import type { FarmView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useFarmPause } from '../api/actions.js';
import { nodesQuery } from '../api/queries.js';
import { useCommands } from '../commands/registry.js';
import { count, duration, energy, pace } from '../format/quantity.js';
import { farmTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import { wattsOf } from './by-chassis.js';
import styles from './farm-status.module.css';

/** One word for the state of the farm, the reason for it, and the figures behind it. */
export function FarmStatus({ farm }: { farm: FarmView }) {
  const word = t.states.farm[farm.status];
  useDocumentTitle(`${word} · Atelier`);
  const { data: drawn = null } = useQuery({ ...nodesQuery, select: wattsOf });
  const { queue, slots, nodes } = farm;
  const known = Object.values(nodes).reduce((sum, some) => sum + (some ?? 0), 0);
  return (
    <div className={styles.status}>
      <div className={styles.word} data-tone={farmTone[farm.status]}>
        <h1>{word}</h1>
        <p>{farm.reason}</p>
        <PauseButton paused={farm.paused} />
      </div>
      <dl className={styles.figures}>
        <Figure name={t.farm.figures.picturesAMinute} value={pace(farm.picturesPerMinute)} />
        <Figure
          name={t.farm.figures.waiting}
          value={count(queue.pendingTasks)}
          note={queue.oldestAgeSeconds === null ? undefined : t.farm.oldest(duration(queue.oldestAgeSeconds))}
        />
        <Figure name={t.farm.figures.slotsAtWork} value={count(slots.busy)} of={count(slots.total)} />
        <Figure name={t.farm.figures.nodesReady} value={count(nodes.ready ?? 0)} of={count(known)} />
        {drawn !== null && <Figure name={t.farm.figures.powerNow} value={`${count(drawn)} W`} />}
        {farm.wattHoursToday !== null && (
          <Figure name={t.farm.figures.energyToday} value={energy(farm.wattHoursToday)} />
        )}
        <Figure name={t.farm.figures.picturesSoFar} value={count(farm.picturesTotal)} />
      </dl>
    </div>
  );
}

function PauseButton({ paused }: { paused: boolean }) {
  const { mutate, isPending } = useFarmPause();
  const title = paused ? t.farm.resume : t.farm.pause;
  const run = () => mutate(!paused);
  useCommands([{ id: 'pause-farm', group: 'here', title, run }]);
  return (
    <Button
      size="compact-xs"
      data-hint={paused ? t.farm.resumeHint : t.farm.pauseHint}
      loading={isPending}
      leftSection={<Icon name={paused ? 'play' : 'pause'} size={12} />}
      onClick={run}
    >
      {title}
    </Button>
  );
}

interface FigureProps {
  name: string;
  value: string;
  of?: string;
  note?: string | undefined;
}

function Figure({ name, value, of, note }: FigureProps) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd>
        {value}
        {of !== undefined && <span> / {of}</span>}
      </dd>
      {note !== undefined && <dd className={styles.note}>{note}</dd>}
    </div>
  );
}
