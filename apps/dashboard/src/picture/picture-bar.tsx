import { ActionIcon, Switch } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useCommands } from '../commands/registry.js';
import { count } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { galleryOf } from '../url/search.js';
import { Icon } from '../ui/icons.js';
import type { Neighbours, Place } from './neighbours.js';
import styles from './picture-bar.module.css';

const route = getRouteApi('/pictures/$jobId/$index');

/** Where the picture belongs, the way to its neighbours (arrow keys), and how it is shown (P). */
export function PictureBar({
  jobId,
  index,
  name,
  neighbours,
}: {
  jobId: string;
  index: number;
  name: string;
  neighbours: Neighbours;
}) {
  const { within, pixels, ...rest } = route.useSearch();
  const navigate = route.useNavigate();
  const { previous, next, position, of } = neighbours;

  const go = (place: Place | null) => () => {
    if (!place) return;
    const { pos, ...params } = place;
    void navigate({
      params,
      search: (before) => (pos === undefined ? before : { ...before, pos }),
      replace: true,
      resetScroll: false,
    });
  };
  const setPixels = (on: boolean) =>
    void navigate({
      search: (before) => ({ ...before, pixels: on || undefined }),
      replace: true,
      resetScroll: false,
    });
  const search = galleryOf(rest);
  const leave = () =>
    void (within === 'gallery'
      ? navigate({ to: '/pictures', search })
      : navigate({ to: '/jobs/$jobId', params: { jobId } }));
  useCommands([
    { id: 'previous', keys: 'ArrowLeft', group: 'here', title: t.picture.previous, run: go(previous) },
    { id: 'next', keys: 'ArrowRight', group: 'here', title: t.picture.next, run: go(next) },
    { id: 'pixels', keys: 'p', group: 'here', title: t.picture.pixels, run: () => setPixels(!pixels) },
    { id: 'leave', keys: 'Escape', group: 'here', title: t.picture.leave, run: leave },
  ]);

  return (
    <div className={styles.bar}>
      <nav className={styles.path} aria-label={t.picture.where}>
        {within === 'gallery' && (
          <Link to="/pictures" search={search}>
            {t.places.gallery}
          </Link>
        )}
        <Link to="/jobs/$jobId" params={{ jobId }}>
          {name}
        </Link>
        <h1>#{index}</h1>
      </nav>
      <Switch
        size="xs"
        label={t.picture.pixels}
        checked={pixels ?? false}
        onChange={({ currentTarget }) => setPixels(currentTarget.checked)}
      />
      <div className={styles.steps}>
        <ActionIcon
          aria-label={t.picture.previous}
          data-hint={`${t.picture.previous} (←)`}
          disabled={!previous}
          onClick={go(previous)}
          variant="default"
        >
          <Icon name="left" />
        </ActionIcon>
        <span className={styles.position}>
          {count(position)}
          {of !== null && ` / ${count(of)}`}
        </span>
        <ActionIcon
          aria-label={t.picture.next}
          data-hint={`${t.picture.next} (→)`}
          disabled={!next}
          onClick={go(next)}
          variant="default"
        >
          <Icon name="right" />
        </ActionIcon>
      </div>
    </div>
  );
}
