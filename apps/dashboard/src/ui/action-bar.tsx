import type { ReactNode } from 'react';
import styles from './action-bar.module.css';

/** What can be done with what is chosen: floats at the foot of a list while something is. */
export function ActionBar({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.bar} role="toolbar" aria-label={title}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}
