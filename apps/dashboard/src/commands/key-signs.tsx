import { Fragment } from 'react';
import { shownKeys } from './keys.js';
import styles from './key-signs.module.css';

/** A shortcut as little keys. */
export function KeySigns({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {shownKeys(keys).map((step, i) => (
        <Fragment key={i}>
          {step.map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
