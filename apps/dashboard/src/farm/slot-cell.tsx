import type { ProgressView, SlotView } from '@atelier/contracts/rest';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { usePreview } from '../api/use-preview.js';
import { bytes } from '../format/quantity.js';
import { slotTone } from '../format/tone.js';
import { useJobName } from '../job/use-job-name.js';
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
            <StateWord tone={slotTone[slot.state]} word={slot.state} />
            {slot.state === 'blocked' && <p className={styles.reason}>{slot.reason}</p>}
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
  if (preview) return <img className={styles.easel} src={preview} alt="Preview of the picture in work" />;
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
  const drawn = steps > 0 ? `${stage}, step ${step} of ${steps}` : stage;
  return (
    <div className={styles.task}>
      <p className={styles.title}>
        <Link to="/pictures/$jobId/$index" params={{ jobId: current.jobId, index: current.index }}>
          {name} <span>#{current.index}</span>
        </Link>
        {others > 0 && <span className={styles.others}>and {others} more in the same run</span>}
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
    utilizationRatio !== null && `${Math.round(100 * utilizationRatio)} % busy`,
  ].filter(Boolean);
  return (
    <dl className={styles.readings}>
      <dt>device</dt>
      <dd title={slot.reason}>
        {slot.device} · {slot.provider}
      </dd>
      <dt>loaded</dt>
      <dd>{slot.checkpoint ?? <span>nothing</span>}</dd>
      <dt>memory</dt>
      <dd>
        {used === null ? bytes(memory) : bytes(used)}
        {used !== null && <span> / {bytes(memory)}</span>}
      </dd>
      {feel.length > 0 && (
        <>
          <dt>now</dt>
          <dd>{feel.join(' · ')}</dd>
        </>
      )}
    </dl>
  );
}
