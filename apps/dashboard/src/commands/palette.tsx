/** `mod+k`: everything that can be done or gone to, found by typing. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { nodesQuery } from '../api/queries.js';
import { getJobs } from '../api/reads.js';
import { keys } from '../api/keys.js';
import { t } from '../texts/texts.js';
import { Dialog } from '../ui/dialog.js';
import { KeySigns } from './key-signs.js';
import styles from './palette.module.css';
import { commandGroups, currentCommands } from './registry.js';

interface Entry {
  id: string;
  title: string;
  about: string;
  keys?: string | undefined;
  run(): void;
}

const shown = 12;

export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const entries = useEntries(typed.trim());
  const at = Math.min(active, entries.length - 1);

  function choose(entry: Entry | undefined): void {
    if (!entry) return;
    onClose();
    entry.run();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setActive((at + step + entries.length) % Math.max(1, entries.length));
    else if (event.key === 'Enter') choose(entries[at]);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title={t.commands.palette} hideTitle onClose={onClose}>
      <input
        autoFocus
        className={styles.input}
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={entries[at] ? `palette-${at}` : undefined}
        aria-label={t.commands.palette}
        placeholder={t.commands.hint}
        value={typed}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette" role="listbox" aria-label={t.commands.palette} className={styles.list}>
        {entries.map((entry, i) => (
          <li
            key={entry.id}
            id={`palette-${i}`}
            role="option"
            aria-selected={i === at}
            className={styles.entry}
            onMouseMove={() => setActive(i)}
            onClick={() => choose(entry)}
          >
            <span>{entry.title}</span>
            <small>{entry.about}</small>
            {entry.keys && <KeySigns keys={entry.keys} />}
          </li>
        ))}
      </ul>
      {entries.length === 0 && <p className={styles.none}>{t.commands.none}</p>}
    </Dialog>
  );
}

/** Commands first, then jobs and nodes by name, then the search for pictures. */
function useEntries(typed: string): Entry[] {
  const navigate = useNavigate();
  const { data: nodes } = useQuery(nodesQuery);
  const { data: jobs } = useQuery({
    queryKey: keys.jobsNamed(typed),
    queryFn: ({ signal }) => getJobs({ states: [], text: typed }, null, signal, 6),
    enabled: typed !== '',
    placeholderData: (before) => before,
  });
  return useMemo(() => {
    const words = typed.toLowerCase().split(/\s+/);
    const fits = (text: string) => words.every((word) => text.toLowerCase().includes(word));
    const commands = currentCommands()
      .filter(({ keysOnly, title }) => !keysOnly && fits(title))
      .sort((a, b) => commandGroups.indexOf(a.group) - commandGroups.indexOf(b.group))
      .map(({ id, group, title, keys: shortcut, run }): Entry => ({
        id,
        title,
        about: t.commands.groups[group],
        keys: shortcut,
        run,
      }));
    if (typed === '') return commands.slice(0, shown);
    const jobEntries = (jobs?.items ?? []).map(({ id, name, state }): Entry => ({
      id: `job ${id}`,
      title: name,
      about: `${t.commands.job} · ${t.states.job[state]}`,
      run: () => void navigate({ to: '/jobs/$jobId', params: { jobId: id } }),
    }));
    const nodeEntries = (nodes ?? [])
      .filter(({ name }) => fits(name))
      .slice(0, 4)
      .map(({ id, name, state }): Entry => ({
        id: `node ${id}`,
        title: name,
        about: `${t.commands.node} · ${t.states.node[state]}`,
        run: () => void navigate({ to: '/nodes/$nodeId', params: { nodeId: id } }),
      }));
    const search: Entry = {
      id: 'search',
      title: t.commands.searchPictures(typed),
      about: t.places.gallery,
      run: () => void navigate({ to: '/pictures', search: { text: typed } }),
    };
    return [...commands.slice(0, 6), ...jobEntries, ...nodeEntries, search].slice(0, shown);
  }, [typed, jobs, nodes, navigate]);
}
