/** Searches under a name, kept by the browser: each is nothing but an address. */
import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icons.js';
import { JobsSearch } from '../url/search.js';
import styles from './saved-views.module.css';

interface SavedView {
  name: string;
  search: JobsSearch;
}

export function SavedViews({ search }: { search: JobsSearch }) {
  const [views, setViews] = useLocalStorage<SavedView[]>({
    key: 'atelier-job-views',
    defaultValue: [],
    getInitialValueInEffect: false,
  });
  const [naming, setNaming] = useState(false);
  const isEmpty = search.q === undefined && search.show === undefined;
  const known = views.some((view) => JSON.stringify(view.search) === JSON.stringify(search));
  return (
    <nav className={styles.views} aria-label={t.jobs.savedViews}>
      {views.map((view) => (
        <span key={view.name} className={styles.view}>
          <Link to="/jobs" search={JobsSearch.parse(view.search)} activeOptions={{ exact: true }}>
            {view.name}
          </Link>
          <ActionIcon
            size={22}
            aria-label={t.jobs.forgetView(view.name)}
            onClick={() => setViews(views.filter(({ name }) => name !== view.name))}
          >
            <Icon name="cancel" size={10} />
          </ActionIcon>
        </span>
      ))}
      {!isEmpty && !known && (
        <Button
          variant="subtle"
          color="gray"
          data-hint={t.jobs.saveViewHint}
          leftSection={<Icon name="save" size={13} />}
          onClick={() => setNaming(true)}
        >
          {t.jobs.saveView}
        </Button>
      )}
      {naming && (
        <NameDialog
          suggested={[search.show && t.jobs.filters[search.show], search.q].filter(Boolean).join(' ')}
          onClose={() => setNaming(false)}
          onName={(name) => {
            setViews([...views.filter((view) => view.name !== name), { name, search }]);
            setNaming(false);
          }}
        />
      )}
    </nav>
  );
}

function NameDialog({
  suggested,
  onClose,
  onName,
}: {
  suggested: string;
  onClose: () => void;
  onName: (name: string) => void;
}) {
  const [name, setName] = useState(suggested);
  return (
    <Dialog title={t.jobs.saveView} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) onName(name.trim());
        }}
      >
        <TextInput
          autoFocus
          aria-label={t.fields.name}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Button type="submit" variant="filled">
          {t.jobs.saveView}
        </Button>
      </form>
    </Dialog>
  );
}
