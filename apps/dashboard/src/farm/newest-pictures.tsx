import type { ResultView } from '@atelier/contracts/rest';
import { useElementSize } from '@mantine/hooks';
import { keyOf } from '../live/apply.js';
import { columnsFor } from '../ui/grid-moves.js';
import { PictureTile } from '../ui/picture.js';
import styles from './newest-pictures.module.css';

const gap = 8;

/** One row of the newest pictures, as many as fit: the newest on the left. */
export function NewestPictures({ results }: { results: readonly ResultView[] }) {
  const { ref, width } = useElementSize();
  const columns = columnsFor(width, width < 600 ? 84 : 132, gap);
  return (
    <ul ref={ref} className={styles.row} style={{ gap, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {results.slice(0, columns).map((result) => (
        <li key={keyOf(result)}>
          <PictureTile result={result} />
        </li>
      ))}
    </ul>
  );
}
