import type { FarmView } from '@atelier/contracts/rest';
import { useDocumentTitle } from '@mantine/hooks';
import { count, duration, pace } from '../format/quantity.js';
import { farmTone } from '../format/tone.js';
import styles from './farm-status.module.css';

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** One word for the state of the farm, the reason for it, and the figures behind it. */
export function FarmStatus({ farm }: { farm: FarmView }) {
  useDocumentTitle(`${capital(farm.status)} · Atelier`);
  const { queue, slots, nodes } = farm;
  const known = Object.values(nodes).reduce((sum, some) => sum + (some ?? 0), 0);
  return (
    <div className={styles.status}>
      <div className={styles.word} data-tone={farmTone[farm.status]}>
        <h1>{capital(farm.status)}</h1>
        <p>{farm.reason}</p>
      </div>
      <dl className={styles.figures}>
        <Figure name="pictures a minute" value={pace(farm.picturesPerMinute)} />
        <Figure
          name="waiting"
          value={count(queue.pendingTasks)}
          note={queue.oldestAgeSeconds === null ? undefined : `oldest ${duration(queue.oldestAgeSeconds)}`}
        />
        <Figure name="slots at work" value={count(slots.busy)} of={count(slots.total)} />
        <Figure name="nodes ready" value={count(nodes.ready ?? 0)} of={count(known)} />
        <Figure name="pictures so far" value={count(farm.picturesTotal)} />
      </dl>
    </div>
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
