/** The head of a view: its title, and what can be done with all of it. */
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import styles from './page.module.css';

export function PageHead({
  title,
  tabTitle = title,
  note,
  children,
}: {
  title: string;
  /** What the browser's tab says, where that is more. */
  tabTitle?: string;
  note?: ReactNode;
  children?: ReactNode;
}) {
  useDocumentTitle(`${tabTitle} · Atelier`);
  return (
    <div className={styles.head}>
      <div className={styles.title}>
        <h1>{title}</h1>
        {note !== undefined && <p>{note}</p>}
      </div>
      {children !== undefined && <div className={styles.actions}>{children}</div>}
    </div>
  );
}

/** A part of a view under its own small heading. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <div className={styles.heading}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
