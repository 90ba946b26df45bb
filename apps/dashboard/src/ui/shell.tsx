/** The frame around every view: where one can go, how the farm is, whether this page is still told. */
import { ActionIcon, Button, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { farmQuery } from '../api/queries.js';
import { count, pace } from '../format/quantity.js';
import { farmTone } from '../format/tone.js';
import { ConnectionBanner } from './connection-banner.js';
import { Icon, type IconName } from './icons.js';
import { Notices } from './notices.js';
import styles from './shell.module.css';
import { StateWord } from './state-word.js';

const places = [
  { to: '/', label: 'Farm', icon: 'farm' },
  { to: '/jobs', label: 'Jobs', icon: 'jobs' },
  { to: '/pictures', label: 'Gallery', icon: 'gallery' },
  { to: '/models', label: 'Models', icon: 'models' },
] as const satisfies readonly { to: string; label: string; icon: IconName }[];

export function Shell() {
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.side}>
        <Link to="/" className={styles.name} aria-label="Atelier: the farm">
          <img src="/favicon.svg" alt="" width={22} height={22} />
          Atelier
        </Link>
        <nav className={styles.places} aria-label="Main">
          {places.map(({ to, label, icon }) => (
            <Link key={to} to={to} activeOptions={{ exact: to === '/' }} className={styles.place}>
              <Icon name={icon} />
              {label}
            </Link>
          ))}
        </nav>
        <Button
          className={styles.submit}
          renderRoot={(props) => <Link to="/jobs/new" {...props} />}
          leftSection={<Icon name="plus" size={14} />}
        >
          New job
        </Button>
        <FarmInBrief />
        <ColorSchemeButton />
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        <ConnectionBanner />
        <Outlet />
      </main>
      <Notices />
    </div>
  );
}

function FarmInBrief() {
  const { data: farm } = useQuery(farmQuery);
  if (!farm) return <div className={styles.brief} />;
  return (
    <div className={styles.brief} title={farm.reason}>
      <StateWord tone={farmTone[farm.status]} word={farm.status} />
      <p>
        {pace(farm.picturesPerMinute)} / min
        <br />
        {count(farm.queue.pendingTasks)} waiting
      </p>
    </div>
  );
}

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('dark') === 'dark' ? 'light' : 'dark';
  return (
    <Tooltip label={`Switch to ${other}`} position="right">
      <ActionIcon
        className={styles.scheme}
        aria-label={`Switch to ${other} colours`}
        onClick={() => setColorScheme(other)}
      >
        <Icon name={other === 'light' ? 'sun' : 'moon'} />
      </ActionIcon>
    </Tooltip>
  );
}
