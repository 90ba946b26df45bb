import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { timeOfDay } from '../format/quantity.js';
import { useLive } from '../live/live.js';
import { t } from '../texts/texts.js';
import styles from './connection-banner.module.css';
import { Icon } from './icons.js';

/** A hiccup shorter than this is not worth a word. */
const graceMs = 1200;

/** Says that the page is no longer told what happens, and since when. */
export function ConnectionBanner() {
  const { lostAt, retry } = useLive();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (lostAt === null) return setShown(false);
    const timer = setTimeout(() => setShown(true), graceMs);
    return () => clearTimeout(timer);
  }, [lostAt]);

  if (!shown || lostAt === null) return null;
  return (
    <div className={styles.banner} role="alert">
      <Icon name="warning" />
      <p>
        <strong>{t.ui.lost}</strong> {t.ui.asOf(timeOfDay(lostAt))}
      </p>
      <Button onClick={retry}>{t.ui.tryNow}</Button>
    </div>
  );
}
