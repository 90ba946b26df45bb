/** What stands where something is not: nothing there yet, not read yet, or not readable. */
import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../texts/texts.js';
import { Icon } from './icons.js';
import styles from './blank.module.css';

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.blank}>
      <p className={styles.title}>{title}</p>
      {children}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className={styles.blank} role="status">
      <Loader size={18} color="gray" type="dots" aria-hidden />
      <p className={styles.waiting}>{t.ui.reading(what)}</p>
    </div>
  );
}

export function Failure({ what, error, retry }: { what: string; error: Error; retry: () => void }) {
  return (
    <div className={styles.blank} role="alert" data-tone="bad">
      <p className={styles.failure}>
        <Icon name="warning" /> {t.ui.notRead(what)}
      </p>
      <p>{error.message}</p>
      <Button onClick={retry}>{t.ui.tryAgain}</Button>
    </div>
  );
}
