/** The frame around every view: where one can go, how the farm is, whether this page is still told. */
import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { farmQuery } from '../api/queries.js';
import { lazy, Suspense, useEffect, useState } from 'react';
import { openPalette, PageCommands } from '../commands/page-commands.js';
import { pace } from '../format/quantity.js';
import { farmTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { afterPaint } from './after-paint.js';
import { ConnectionBanner } from './connection-banner.js';
import { Icon, type IconName } from './icons.js';
import { Notices } from './notices.js';
import styles from './shell.module.css';
import { StateWord } from './state-word.js';

const places = [
  { to: '/', name: 'farm', icon: 'farm' },
  { to: '/jobs', name: 'jobs', icon: 'jobs' },
  { to: '/pictures', name: 'gallery', icon: 'gallery' },
  { to: '/play', name: 'play', icon: 'draw' },
  { to: '/models', name: 'models', icon: 'models' },
] as const satisfies readonly { to: string; name: string; icon: IconName }[];

/** Reached from the side on a screen with room, from the palette on a phone. */
const furtherPlaces = [
  { to: '/join', name: 'join', icon: 'plug' },
  { to: '/settings', name: 'settings', icon: 'settings' },
] as const satisfies readonly { to: string; name: string; icon: IconName }[];

export function Shell() {
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        {t.ui.skip}
      </a>
      <header className={styles.side}>
        <Link to="/" className={styles.name} aria-label={t.ui.home}>
          <img src="/favicon.svg" alt="" width={22} height={22} />
          Atelier
        </Link>
        <nav className={styles.places} aria-label={t.ui.main}>
          {places.map(({ to, name, icon }) => (
            <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={styles.place}>
              <Icon name={icon} />
              {t.places[name]}
            </Link>
          ))}
        </nav>
        <Button
          className={styles.submit}
          renderRoot={(props) => <Link to="/jobs/new" {...props} />}
          leftSection={<Icon name="plus" size={14} />}
        >
          {t.places.newJob}
        </Button>
        <nav className={styles.further} aria-label={t.ui.further}>
          {furtherPlaces.map(({ to, name, icon }) => (
            <Link key={to} to={to} className={styles.place}>
              <Icon name={icon} />
              {t.places[name]}
            </Link>
          ))}
        </nav>
        <FarmInBrief />
        <div className={styles.tools}>
          <ActionIcon
            aria-label={t.commands.palette}
            data-hint={t.commands.palette}
            onClick={() => openPalette.current()}
          >
            <Icon name="search" />
          </ActionIcon>
          <ColorSchemeButton />
        </div>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        <ConnectionBanner />
        <Outlet />
      </main>
      <PageCommands />
      <Notices />
      <HintsLater />
    </div>
  );
}

const LazyHints = lazy(async () => ({ default: (await import('./hints.js')).Hints }));

/** Nobody points at anything before the page stands. */
function HintsLater() {
  const [stands, setStands] = useState(false);
  useEffect(() => afterPaint(() => setStands(true)), []);
  return (
    stands && (
      <Suspense>
        <LazyHints />
      </Suspense>
    )
  );
}

function FarmInBrief() {
  const { data: farm } = useQuery(farmQuery);
  if (!farm) return <div className={styles.brief} />;
  return (
    <div className={styles.brief} title={farm.reason}>
      <StateWord tone={farmTone[farm.status]} word={t.states.farm[farm.status]} />
      <p>
        {t.farm.perMinute(pace(farm.picturesPerMinute))}
        <br />
        {t.farm.waitingTasks(farm.queue.pendingTasks)}
      </p>
    </div>
  );
}

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('dark') === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      aria-label={t.ui.switchTo[other]}
      data-hint={t.ui.switchTo[other]}
      onClick={() => setColorScheme(other)}
    >
      <Icon name={other === 'light' ? 'sun' : 'moon'} />
    </ActionIcon>
  );
}
