import type { ResultView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { usePictureActions } from '../api/picture-actions.js';
import { foundArchiveUrl } from '../api/reads.js';
import { useCommands } from '../commands/registry.js';
import { t } from '../texts/texts.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { CellSizeControl, cellWidths } from '../ui/cell-size.js';
import { Icon } from '../ui/icons.js';
import { PageHead } from '../ui/page.js';
import { PictureTile } from '../ui/picture.js';
import { VirtualGrid, type CellFocus } from '../ui/virtual-grid.js';
import { galleryOf, placeText, type GallerySearch, type PictureSearch } from '../url/search.js';
import styles from './gallery-page.module.css';
import { SearchBar } from './search-bar.js';
import { SelectionBar } from './selection-bar.js';
import { useGallery, type Gallery } from './use-gallery.js';
import { useSelection } from './use-selection.js';

/** More than this is not put into one zip. */
const mostInZip = 20_000;

const route = getRouteApi('/pictures');

/** The farm's pictures, newest first, of all jobs: searched, marked, compared, taken away. */
export function GalleryPage() {
  const { size = 'medium', ...given } = route.useSearch();
  const navigate = route.useNavigate();
  // The same search keeps its identity, whatever else the address says.
  const written = JSON.stringify(galleryOf(given));
  const search = useMemo(() => JSON.parse(written) as GallerySearch, [written]);
  const gallery = useGallery(search);
  const { moment, error, renew } = gallery;
  const change = (next: Partial<GallerySearch>) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });

  return (
    <>
      <PageHead title={t.places.gallery} note={moment ? t.count.pictures(moment.count) : ' '}>
        {moment && moment.count > 0 && moment.count <= mostInZip && (
          <Button
            component="a"
            href={foundArchiveUrl(search, moment.at)}
            download
            leftSection={<Icon name="download" size={14} />}
          >
            {t.gallery.downloadFound}
          </Button>
        )}
        <CellSizeControl value={size} onChange={(next) => change({ size: next })} />
      </PageHead>
      <SearchBar search={search} onChange={change} />
      {moment === null ? (
        error ? (
          <Failure what={t.things.gallery} error={error} retry={() => void renew()} />
        ) : (
          <Loading what={t.things.gallery} />
        )
      ) : moment.count === 0 ? (
        <Nothing searched={written !== '{}'} />
      ) : (
        <Wall gallery={gallery} moment={moment} search={search} cellWidth={cellWidths[size]} />
      )}
    </>
  );
}

const Nothing = ({ searched }: { searched: boolean }) =>
  searched ? (
    <Empty title={t.gallery.nothingFound}>
      <p>{t.gallery.searchHelp}</p>
    </Empty>
  ) : (
    <Empty title={t.gallery.empty}>
      <p>{t.gallery.emptyHelp}</p>
    </Empty>
  );

interface WallProps {
  gallery: Gallery;
  moment: { count: number; at: string };
  search: GallerySearch;
  cellWidth: number;
}

function Wall({ gallery, moment, search, cellWidth }: WallProps) {
  const { pictureAt, look, held, renew } = gallery;
  const selection = useSelection();
  const [active, setActive] = useState(0);
  useRenewAtTheTop(held, renew);
  useWallCommands(() => pictureAt(active), active, selection);

  const choose = useCallback(
    (picture: ResultView, position: number, extend: boolean) =>
      extend ? selection.extend(position, pictureAt) : selection.toggle(picture, position),
    [selection, pictureAt],
  );
  const { at } = moment;
  const within = useMemo((): PictureSearch => ({ ...search, within: 'gallery', upTo: at }), [search, at]);
  const cell = useCallback(
    (position: number, focus: CellFocus) => {
      const picture = pictureAt(position);
      return picture ? (
        <PictureTile
          result={picture}
          search={within}
          position={position}
          focus={focus}
          chosen={selection.has(picture)}
          choosing={selection.pictures.size > 0}
          onChoose={(extend) => choose(picture, position, extend)}
        />
      ) : (
        <div className={styles.coming} {...focus} />
      );
    },
    [pictureAt, within, selection, choose],
  );
  return (
    <>
      <Held held={held} renew={renew} />
      <VirtualGrid
        label={t.gallery.label}
        count={moment.count}
        cellWidth={cellWidth}
        onRange={look}
        onActive={setActive}
        cell={cell}
      />
      <SelectionBar selection={selection} />
    </>
  );
}

/** Scrolled further down than this, a person reads: nothing may move under their eyes. */
const readingBelowPx = 240;
/** The top of the wall is renewed at most so often. */
const renewEveryMs = 1000;

const isReading = () => window.scrollY > readingBelowPx;

/** While the top is in sight, new pictures come in by themselves. */
function useRenewAtTheTop(held: number, renew: () => Promise<void>): void {
  useEffect(() => {
    if (held === 0) return;
    const timer = setTimeout(() => {
      if (!isReading()) void renew();
    }, renewEveryMs);
    return () => clearTimeout(timer);
  }, [held, renew]);
}

function Held({ held, renew }: { held: number; renew: () => Promise<void> }) {
  const [reading, setReading] = useState(false);
  useEffect(() => {
    const onScroll = () => {
      setReading(isReading());
      if (!isReading() && held > 0) void renew();
    };
    window.addEventListener('scroll', onScroll, { passive: true });
    return () => window.removeEventListener('scroll', onScroll);
  }, [held, renew]);
  if (held <= 0 || !reading) return null;
  return (
    <div className={styles.held}>
      <Button
        variant="filled"
        radius="xl"
        leftSection={<Icon name="up" size={14} />}
        onClick={() => window.scrollTo({ top: 0 })}
      >
        {t.gallery.newPictures(held)}
      </Button>
    </div>
  );
}

function useWallCommands(
  picture: () => ResultView | undefined,
  position: number,
  selection: ReturnType<typeof useSelection>,
): void {
  const { mark, remove } = usePictureActions();
  const navigate = route.useNavigate();
  const withPicture = (run: (picture: ResultView) => void) => () => {
    const here = picture();
    if (here) run(here);
  };
  const chosen = () => {
    const here = picture();
    return selection.pictures.size > 0 ? [...selection.pictures.values()] : here ? [here] : [];
  };
  useCommands([
    {
      id: 'find',
      keys: '/',
      group: 'here',
      title: t.gallery.searchPrompts,
      run: () => document.getElementById('gallery-search')?.focus(),
    },
    {
      id: 'star',
      keys: '.',
      group: 'pictures',
      title: t.pictures.toggleStar,
      run: () => {
        const pictures = chosen();
        if (pictures.length > 0) void mark(pictures, { starred: !pictures.every(({ starred }) => starred) });
      },
    },
    {
      id: 'choose',
      keys: 'x',
      group: 'pictures',
      title: t.gallery.choose,
      run: withPicture((here) => selection.toggle(here, position)),
    },
    {
      id: 'compare',
      keys: 'c',
      group: 'pictures',
      title: t.gallery.compareChosen,
      run: () => {
        const [a, b] = chosen();
        if (a && b) void navigate({ to: '/compare', search: { a: placeText(a), b: placeText(b) } });
      },
    },
    {
      id: 'delete',
      keys: 'Delete',
      group: 'pictures',
      title: t.pictures.delete,
      run: () => {
        const pictures = chosen();
        selection.clear();
        if (pictures.length > 0) void remove(pictures);
      },
    },
    {
      id: 'none',
      keys: 'Escape',
      group: 'pictures',
      title: t.gallery.chooseNone,
      keysOnly: true,
      run: selection.clear,
    },
  ]);
}
