import type { ResultView } from '@atelier/contracts/rest';
import { useState, type CSSProperties } from 'react';
import { t } from '../texts/texts.js';
import { WholeFile } from '../ui/picture-file.js';
import type { CompareMode } from '../url/search.js';
import styles from './compared-pictures.module.css';

/** The pictures in one of the ways to look at two. */
export function ComparedPictures({ left, right, mode }: { left: ResultView; right: ResultView; mode: CompareMode }) {
  const shape = { '--ratio': left.width / left.height } as CSSProperties;
  if (mode === 'side')
    return (
      <div className={styles.side} style={shape}>
        <Picture of={left} />
        <Picture of={right} />
      </div>
    );
  if (mode === 'slider') return <Slider left={left} right={right} shape={shape} />;
  return (
    <div
      className={styles.stack}
      data-mode={mode}
      style={shape}
      tabIndex={0}
      aria-label={t.compare.modes[mode]}
      role="img"
    >
      <Picture of={left} />
      <Picture of={right} />
    </div>
  );
}

/** A range over the picture: dragged, or moved by the arrow keys. */
function Slider({ left, right, shape }: { left: ResultView; right: ResultView; shape: CSSProperties }) {
  const [at, setAt] = useState(50);
  return (
    <div className={styles.stack} style={{ ...shape, '--at': `${at}%` } as CSSProperties} data-mode="slider">
      <Picture of={right} />
      <div className={styles.cut}>
        <Picture of={left} />
      </div>
      <span className={styles.line} aria-hidden />
      <input
        type="range"
        min={0}
        max={100}
        step={0.5}
        value={at}
        aria-label={t.compare.slider}
        onChange={({ currentTarget }) => setAt(Number(currentTarget.value))}
      />
    </div>
  );
}

const Picture = ({ of }: { of: ResultView }) => (
  <WholeFile file={of} alt={of.prompt} width={of.width} height={of.height} />
);
