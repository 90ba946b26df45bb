/** A picture as a tile that leads to it. */
import type { ResultView } from '@atelier/contracts/rest';
import { Link } from '@tanstack/react-router';
import { thumbnailUrl } from '../api/reads.js';
import type { CellFocus } from './virtual-grid.js';
import styles from './picture.module.css';

export interface PictureTileProps {
  result: ResultView;
  /** Where "next" leads on the picture's page. */
  within?: 'gallery';
  focus?: CellFocus;
}

export function PictureTile({ result, within, focus }: PictureTileProps) {
  return (
    <Link
      to="/pictures/$jobId/$index"
      params={{ jobId: result.jobId, index: result.index }}
      search={within ? { within } : {}}
      className={styles.tile}
      {...focus}
    >
      <img
        src={thumbnailUrl(result.sha256)}
        alt={result.prompt}
        width={result.width}
        height={result.height}
        loading="lazy"
        decoding="async"
        draggable={false}
      />
      <span className={styles.caption} aria-hidden>
        <span>{result.prompt}</span>
        <span className={styles.seed}>
          #{result.index} · {result.seed}
        </span>
      </span>
    </Link>
  );
}
