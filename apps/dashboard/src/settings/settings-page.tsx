import { SegmentedControl, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { farmQuery } from '../api/queries.js';
import { chooseLanguage, language, languages, t, type Language } from '../texts/texts.js';
import { PageHead, Section } from '../ui/page.js';
import { ChassisBudgets } from './chassis.js';
import { Projects } from './projects.js';
import styles from './settings-page.module.css';

/** How the page shall be in this browser, and what the projects of the farm may. */
export function SettingsPage() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { data: farm } = useQuery(farmQuery);
  return (
    <>
      <PageHead title={t.places.settings} note={t.settings.note} />
      <Section title={t.settings.browser}>
        <dl className={styles.settings}>
          <Setting name={t.settings.language}>
            <SegmentedControl
              aria-label={t.settings.language}
              value={language()}
              data={Object.entries(languages).map(([value, label]) => ({ value, label }))}
              onChange={(value) => chooseLanguage(value as Language)}
            />
          </Setting>
          <Setting name={t.settings.colours}>
            <SegmentedControl
              aria-label={t.settings.colours}
              value={colorScheme}
              data={(['dark', 'light', 'auto'] as const).map((value) => ({ value, label: t.settings.schemes[value] }))}
              onChange={(value) => setColorScheme(value as MantineColorScheme)}
            />
          </Setting>
          {farm && <Setting name={t.settings.version}>{farm.version}</Setting>}
          <Setting name={t.settings.interface}>
            <a href="/api/openapi.json">/api/openapi.json</a>
          </Setting>
        </dl>
      </Section>
      <Projects />
      <ChassisBudgets />
    </>
  );
}

const Setting = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
