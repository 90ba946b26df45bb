/** A state as a dot and its word: the colour is for the glance, the word for everybody. */
import type { Tone } from '../format/tone.js';
import styles from './state-word.module.css';

export function StateWord({ tone, word }: { tone: Tone; word: string }) {
  return (
    <span className={styles.state} data-tone={tone}>
      <span className={styles.dot} aria-hidden />
      {word}
    </span>
  );
}
