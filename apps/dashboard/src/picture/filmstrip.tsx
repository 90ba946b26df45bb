import type { ResultView } from '@atelier/contracts/rest';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { keyOf } from '../live/apply.js';
import { t } from '../texts/texts.js';
import { SmallFile } from '../ui/picture-file.js';
import styles from './filmstrip.module.css';

const route = getRouteApi('/pictures/$jobId/$index');

/** The pictures on both sides of the shown one, which is kept in the middle. */
export function Filmstrip({
  jobId,
  index,
  around,
  from,
}: {
  jobId: string;
  index: number;
  around: readonly (ResultView | null)[];
  /** Position in the gallery of the first. */
  from: number | null;
}) {
  const search = route.useSearch();
  const current = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    const link = current.current;
    const strip = link?.parentElement;
    if (link && strip) strip.scrollLeft = link.offsetLeft - (strip.clientWidth - link.clientWidth) / 2;
  }, [jobId, index, around.length]);

  if (around.filter((result) => result !== null).length < 2) return null;
  return (
    <nav className={styles.strip} aria-label={t.picture.beside}>
      {around.map((result, i) => {
        if (result === null) return null;
        const here = result.jobId === jobId && result.index === index;
        return (
          <Link
            key={keyOf(result)}
            ref={here ? current : null}
            to="/pictures/$jobId/$index"
            params={{ jobId: result.jobId, index: result.index }}
            search={from === null ? search : { ...search, pos: from + i }}
            replace
            resetScroll={false}
            aria-current={here || undefined}
            aria-label={t.picture.named(result.index, result.prompt)}
            className={styles.frame}
          >
            {!result.withheld && <SmallFile file={result} alt="" width={56} height={56} />}
          </Link>
        );
      })}
    </nav>
  );
}
