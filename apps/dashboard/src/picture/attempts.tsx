import type { AttemptView, TaskView } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { nodesQuery } from '../api/queries.js';
import { dateTime, duration, secondsBetween, short } from '../format/quantity.js';
import { taskTone, type Tone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { StateWord } from '../ui/state-word.js';
import styles from './attempts.module.css';

const attemptTone: Record<AttemptView['state'], Tone> = {
  leased: 'wait',
  running: 'work',
  lapsed: 'wait',
  revoked: 'still',
  succeeded: 'good',
  failed: 'bad',
};

/** Who tried to make the picture, when, and how long each stage took. */
export function Attempts({ task }: { task: TaskView }) {
  if (task.attempts.length === 0)
    return (
      <p className={styles.none}>
        <StateWord tone={taskTone[task.state]} word={t.states.task[task.state]} />
        {task.waitingFor !== null && `: ${task.waitingFor}`}
      </p>
    );
  return (
    <ol className={styles.attempts} aria-label={t.picture.attempts}>
      {task.attempts.toReversed().map((attempt) => (
        <Attempt key={attempt.id} attempt={attempt} />
      ))}
    </ol>
  );
}

function Attempt({ attempt }: { attempt: AttemptView }) {
  const { data: nodes } = useQuery(nodesQuery);
  const node = nodes?.find(({ id }) => id === attempt.nodeId)?.name ?? short(attempt.nodeId);
  const took = secondsBetween(attempt.startedAt, attempt.finishedAt);
  const waited = secondsBetween(attempt.leasedAt, attempt.startedAt);
  return (
    <li>
      <p className={styles.head}>
        <span>
          {t.picture.attempt(attempt.number)} <strong>{node}</strong>
        </span>
        <StateWord tone={attemptTone[attempt.state]} word={t.states.attempt[attempt.state]} />
      </p>
      <p className={styles.when}>
        {dateTime(attempt.startedAt ?? attempt.leasedAt)}
        {took !== null && ` · ${t.picture.took(duration(took))}`}
        {waited !== null && waited >= 0.05 && ` · ${t.picture.waited(duration(waited))}`}
      </p>
      {attempt.message !== null && (
        <p className={styles.cause}>
          {attempt.cause}: {attempt.message}
        </p>
      )}
      {attempt.record && <Stages record={attempt.record} />}
    </li>
  );
}

const stageWord = (name: string) => (name in t.stages ? t.stages[name as keyof typeof t.stages] : name);

/** The record's figures as the agent gave them: `…Seconds` are stages, the rest tells of engine and device. */
function Stages({ record }: { record: Record<string, unknown> }) {
  const stages = Object.entries(record).filter(
    (entry): entry is [string, number] => entry[0].endsWith('Seconds') && typeof entry[1] === 'number' && entry[1] > 0,
  );
  const facts = ['device', 'provider', 'engineBuild']
    .map((name) => record[name])
    .filter((value) => typeof value === 'string' && value !== '');
  return (
    <>
      {stages.length > 0 && (
        <ul className={styles.stages}>
          {stages.map(([name, seconds]) => (
            <li key={name}>
              {stageWord(name.replace(/Seconds$/, ''))} <span>{duration(seconds)}</span>
            </li>
          ))}
        </ul>
      )}
      {facts.length > 0 && <p className={styles.when}>{facts.join(' · ')}</p>}
    </>
  );
}
