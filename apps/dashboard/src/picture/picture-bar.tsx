import { ActionIcon, Switch, Tooltip } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { getRouteApi, Link } from '@tanstack/react-router';
import { count } from '../format/quantity.js';
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
  const { within, pixels } = route.useSearch();
  const navigate = route.useNavigate();
  const { previous, next, position, of } = neighbours;

  const go = (place: Place | null) => () => {
    if (place) void navigate({ params: place, search: true, replace: true, resetScroll: false });
  };
  const setPixels = (on: boolean) =>
    void navigate({
      search: (before) => ({ ...before, pixels: on || undefined }),
      replace: true,
      resetScroll: false,
    });
  const leave = () =>
    void (within === 'gallery' ? navigate({ to: '/pictures' }) : navigate({ to: '/jobs/$jobId', params: { jobId } }));
  useHotkeys([
    ['ArrowLeft', go(previous)],
    ['ArrowRight', go(next)],
    ['P', () => setPixels(!pixels)],
    ['Escape', leave],
  ]);

  return (
    <div className={styles.bar}>
      <nav className={styles.path} aria-label="Where this picture is">
        {within === 'gallery' && <Link to="/pictures">Gallery</Link>}
        <Link to="/jobs/$jobId" params={{ jobId }}>
          {name}
        </Link>
        <h1>#{index}</h1>
      </nav>
      <Switch
        size="xs"
        label="Sharp pixels"
        checked={pixels ?? false}
        onChange={({ currentTarget }) => setPixels(currentTarget.checked)}
      />
      <div className={styles.steps}>
        <Tooltip label="Previous (←)">
          <ActionIcon aria-label="Previous picture" disabled={!previous} onClick={go(previous)} variant="default">
            <Icon name="left" />
          </ActionIcon>
        </Tooltip>
        <span className={styles.position}>
          {count(position)}
          {of !== null && ` / ${count(of)}`}
        </span>
        <Tooltip label="Next (→)">
          <ActionIcon aria-label="Next picture" disabled={!next} onClick={go(next)} variant="default">
            <Icon name="right" />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}
