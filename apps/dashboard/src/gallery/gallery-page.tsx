import type { ResultView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo } from 'react';
import { galleryQuery } from '../api/queries.js';
import { useReadOn } from '../api/use-read-on.js';
import { plural } from '../format/quantity.js';
import { Empty, Failure, Loading } from '../ui/blank.js';
import { CellSizeControl, cellWidths } from '../ui/cell-size.js';
import { Icon } from '../ui/icons.js';
import { PageHead } from '../ui/page.js';
import { PictureTile } from '../ui/picture.js';
import { VirtualGrid } from '../ui/virtual-grid.js';
import styles from './gallery-page.module.css';
import { useHeldArrivals } from './use-held-arrivals.js';

/** A page that is left open all day forgets the pictures that nobody scrolled to: it reads the first page anew. */
const mostKept = 3000;

const route = getRouteApi('/pictures');

/** The farm's pictures, newest first, of all jobs. */
export function GalleryPage() {
  const { size = 'medium' } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(galleryQuery);
  const { data, error, refetch } = query;
  const readOn = useReadOn(query);
  const results = useMemo(() => data?.pages.flatMap(({ items }) => items), [data]);

  return (
    <>
      <PageHead title="Gallery">
        <CellSizeControl
          value={size}
          onChange={(next) => void navigate({ search: { size: next }, replace: true, resetScroll: false })}
        />
      </PageHead>
      {results === undefined ? (
        error ? (
          <Failure what="The gallery" error={error} retry={() => void refetch()} />
        ) : (
          <Loading what="the gallery" />
        )
      ) : results.length === 0 ? (
        <Empty title="No picture has been made yet">
          <p>They appear here as they are made.</p>
        </Empty>
      ) : (
        <Wall results={results} cellWidth={cellWidths[size]} onEnd={readOn} />
      )}
    </>
  );
}

function Wall({ results, cellWidth, onEnd }: { results: ResultView[]; cellWidth: number; onEnd: () => void }) {
  const { shown, held, reading, release } = useHeldArrivals(results);
  const client = useQueryClient();
  const tooMany = !reading && results.length > mostKept;
  useEffect(() => {
    if (tooMany) void client.fetchInfiniteQuery({ ...galleryQuery, pages: 1 });
  }, [client, tooMany]);

  const onRange = useCallback(
    (_first: number, last: number) => {
      if (last >= shown.length - 60) onEnd();
    },
    [shown.length, onEnd],
  );
  return (
    <>
      {held > 0 && (
        <div className={styles.held}>
          <Button variant="filled" radius="xl" leftSection={<Icon name="up" size={14} />} onClick={release}>
            {plural(held, 'new picture')}
          </Button>
        </div>
      )}
      <VirtualGrid
        label="Pictures, newest first"
        count={shown.length}
        cellWidth={cellWidth}
        onRange={onRange}
        cell={(index, focus) => {
          const result = shown[index];
          return result && <PictureTile result={result} within="gallery" focus={focus} />;
        }}
      />
    </>
  );
}
