/** A picture as a tile that leads to it, and can be chosen. */
import type { ResultView } from '@atelier/contracts/rest';
import { defaultStringifySearch, useRouter } from '@tanstack/react-router';
import { memo, type MouseEvent } from 'react';
import { t } from '../texts/texts.js';
import type { PictureSearch } from '../url/search.js';
import { Icon } from './icons.js';
import { SmallFile } from './picture-file.js';
import styles from './picture.module.css';
import type { CellFocus } from './virtual-grid.js';

export interface PictureTileProps {
  result: ResultView;
  /** What the picture's own page is told of where one came from: the same object for all tiles of a grid. */
  search?: PictureSearch;
  /** Position in the gallery. */
  position?: number;
  focus?: CellFocus;
  chosen?: boolean;
  /** A click chooses instead of opening, because something is chosen already. */
  choosing?: boolean;
  onChoose?: (extend: boolean) => void;
}

const nowhere: PictureSearch = {};
const written = new WeakMap<PictureSearch, string>();

/** A search as an address has it. Of the hundreds of tiles that scroll by, each has only its position for itself. */
function queryOf(search: PictureSearch, position: number | undefined): string {
  const text = written.get(search) ?? defaultStringifySearch(search);
  written.set(search, text);
  return position === undefined ? text : `${text}${text === '' ? '?' : '&'}pos=${position}`;
}

export function PictureTile({
  result,
  search = nowhere,
  position,
  focus,
  chosen = false,
  choosing = false,
  onChoose,
}: PictureTileProps) {
  // A router link for each of hundreds of tiles costs frames while one scrolls: this is what it does, and no more.
  const router = useRouter();
  const { jobId, index } = result;

  function onClick(event: MouseEvent): void {
    const modified = event.ctrlKey || event.metaKey;
    if (onChoose && (modified || event.shiftKey || choosing)) {
      event.preventDefault();
      return onChoose(event.shiftKey);
    }
    if (modified || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    void router.navigate({
      to: '/pictures/$jobId/$index',
      params: { jobId, index },
      search: { ...search, pos: position },
    });
  }

  return (
    <div className={styles.frame} data-chosen={chosen || undefined}>
      <a
        href={`/pictures/${jobId}/${index}${queryOf(search, position)}`}
        className={styles.tile}
        onClick={onClick}
        {...focus}
      >
        <Shown result={result} />
      </a>
      {onChoose && (
        <button
          type="button"
          tabIndex={-1}
          className={styles.choose}
          aria-pressed={chosen}
          aria-label={t.gallery.chooseOne(result.index)}
          onClick={(event) => onChoose(event.shiftKey)}
        >
          {chosen && <Icon name="check" size={13} />}
        </button>
      )}
    </div>
  );
}

const Shown = memo(function Shown({ result }: { result: ResultView }) {
  return (
    <>
      {result.withheld ? (
        <span className={styles.withheld}>{t.picture.withheld}</span>
      ) : (
        <SmallFile file={result} alt={result.prompt} width={result.width} height={result.height} />
      )}
      {result.starred && (
        <span className={styles.star}>
          <Icon name="starred" size={13} />
          <span className={styles.hidden}>{t.gallery.starred}</span>
        </span>
      )}
      <span className={styles.caption} aria-hidden>
        <span>{result.prompt}</span>
        <span className={styles.seed}>
          #{result.index} · {result.seed}
        </span>
      </span>
    </>
  );
});
