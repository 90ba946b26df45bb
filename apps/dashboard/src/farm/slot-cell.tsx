import type { ProgressView, SlotView } from '@atelier/contracts/rest';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { usePreview } from '../api/use-preview.js';
import { bytes } from '../format/quantity.js';
import { slotTone } from '../format/tone.js';
import { useJobName } from '../job/use-job-name.js';
import { t } from '../texts/texts.js';
import { Bar } from '../ui/bar.js';
import { StateWord } from '../ui/state-word.js';
import styles from './slot-cell.module.css';

/** A slot: what it draws and how far that is, what is loaded, and how the device feels. */
export const SlotCell = memo(function SlotCell({ slot }: { slot: SlotView }) {
  // A picture on its way to the store leaves the slot free for the next: what is drawn now comes first.
  const drawn = slot.progress.filter(({ stage }) => stage !== 'upload');
  const [current, ...others] = drawn.length > 0 ? drawn : slot.progress;
  return (
    <li className={styles.slot}>
      <Easel current={current} />
      <div className={styles.words}>
        {current ? (
          <Running current={current} others={others.length} />
        ) : (
          <div className={styles.task}>
            <StateWord tone={slotTone[slot.state]} word={t.states.slot[slot.state]} />
            {slot.state === 'blocked' && <p className={styles.reason}>{slot.reason}</p>}
            {slot.state === 'idle' && slot.waitingFor && <p className={styles.reason}>{slot.waitingFor}</p>}
          </div>
        )}
        <Readings slot={slot} />
      </div>
    </li>
  );
});

/** The live preview where there is one, else how far the picture is. */
function Easel({ current }: { current: ProgressView | undefined }) {
  const preview = usePreview(current?.attemptId);
  if (preview) return <img className={styles.easel} src={preview} alt={t.slot.preview} />;
  return (
    <div className={styles.easel} aria-hidden>
      {current && current.steps > 0 && (
        <span>
          {current.step}
          <small>/{current.steps}</small>
        </span>
      )}
    </div>
  );
}

function Running({ current, others }: { current: ProgressView; others: number }) {
  const name = useJobName(current.jobId);
  const { stage, step, steps } = current;
  const word = stage in t.stages ? t.stages[stage as keyof typeof t.stages] : stage;
  const drawn = steps > 0 ? t.slot.step(word, step, steps) : word;
  return (
    <div className={styles.task}>
      <p className={styles.title}>
        <Link to="/pictures/$jobId/$index" params={{ jobId: current.jobId, index: current.index }}>
          {name} <span>#{current.index}</span>
        </Link>
        {others > 0 && <span className={styles.others}>{t.slot.others(others)}</span>}
      </p>
      <Bar share={steps > 0 ? step / steps : 0} tone="work" label={`${name} #${current.index}: ${drawn}`} />
      <p className={styles.stage}>{drawn}</p>
    </div>
  );
}

function Readings({ slot }: { slot: SlotView }) {
  const { memoryUsedBytes: used, memoryBytes: memory, temperatureCelsius, powerWatts, utilizationRatio } = slot;
  const feel = [
    temperatureCelsius !== null && `${Math.round(temperatureCelsius)} °C`,
    powerWatts !== null && `${Math.round(powerWatts)} W`,
    utilizationRatio !== null && t.slot.busy(Math.round(100 * utilizationRatio)),
  ].filter(Boolean);
  return (
    <dl className={styles.readings}>
      <dt>{t.slot.device}</dt>
      <dd title={slot.reason}>
        {slot.device} · {slot.provider}
      </dd>
      <dt>{t.slot.loaded}</dt>
      <dd>{slot.checkpoint ?? <span>{t.slot.nothing}</span>}</dd>
      <dt>{t.slot.memory}</dt>
      <dd className={styles.memory}>
        <p>
          {used === null ? bytes(memory) : bytes(used)}
          {used !== null && <span> / {bytes(memory)}</span>}
        </p>
        {used !== null && (
          <Bar share={used / memory} tone={used > 0.92 * memory ? 'bad' : 'still'} label={t.slot.memory} />
        )}
      </dd>
      {feel.length > 0 && (
        <>
          <dt>{t.slot.now}</dt>
          <dd>{feel.join(' · ')}</dd>
        </>
      )}
    </dl>
  );
}
