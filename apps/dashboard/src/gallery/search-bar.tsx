/** What the gallery is searched by. Every field goes into the URL as it is left or after a moment of quiet. */
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { modelsQuery, nodesQuery, tagsQuery } from '../api/queries.js';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import { useQuietText } from '../ui/use-quiet-text.js';
import { galleryOf, type GallerySearch } from '../url/search.js';
import styles from './search-bar.module.css';

type Change = (change: Partial<GallerySearch>) => void;

export function SearchBar({ search, onChange }: { search: GallerySearch; onChange: Change }) {
  const narrowed = Object.entries(galleryOf(search)).filter(([name, value]) => name !== 'text' && value !== undefined);
  const [open, setOpen] = useState(narrowed.length > 0);
  return (
    <search className={styles.search}>
      <div className={styles.line}>
        <Typed
          id="gallery-search"
          className={styles.words ?? ''}
          label={t.gallery.searchPrompts}
          value={search.text}
          onDone={(text) => onChange({ text })}
        />
        <Button
          aria-pressed={search.starred ?? false}
          data-on={search.starred || undefined}
          className={styles.toggle}
          leftSection={<Icon name={search.starred ? 'starred' : 'star'} size={14} />}
          onClick={() => onChange({ starred: search.starred ? undefined : true })}
        >
          {t.gallery.starred}
        </Button>
        <Button
          aria-expanded={open}
          leftSection={<Icon name="filter" size={14} />}
          className={styles.toggle}
          data-on={narrowed.length > 0 || undefined}
          onClick={() => setOpen(!open)}
        >
          {t.gallery.filters}
          {narrowed.length > 0 && ` ${narrowed.length}`}
        </Button>
        {(narrowed.length > 0 || search.text !== undefined) && (
          <Button
            variant="subtle"
            color="gray"
            onClick={() => onChange(galleryOf({}))}
            leftSection={<Icon name="cancel" size={12} />}
          >
            {t.gallery.clear}
          </Button>
        )}
      </div>
      {open && <Filters search={search} onChange={onChange} />}
    </search>
  );
}

function Filters({ search, onChange }: { search: GallerySearch; onChange: Change }) {
  const { data: models = [] } = useQuery(modelsQuery);
  const { data: nodes = [] } = useQuery(nodesQuery);
  const { data: tags = [] } = useQuery(tagsQuery);
  const checkpoints = [...new Set(models.filter(({ kind }) => kind === 'checkpoint').map(({ name }) => name))];
  return (
    <div className={styles.filters}>
      <Choice label={t.fields.model} value={search.model} of={checkpoints} onChange={(model) => onChange({ model })} />
      <Choice
        label={t.gallery.tag}
        value={search.tag}
        of={tags.map(({ tag }) => tag)}
        onChange={(tag) => onChange({ tag })}
      />
      <Typed
        label={t.fields.seed}
        inputMode="numeric"
        value={search.seed?.toString()}
        onDone={(text) => onChange({ seed: text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined })}
      />
      <Typed label={t.gallery.job} value={search.job} onDone={(job) => onChange({ job })} />
      <Choice
        label={t.gallery.node}
        value={search.node}
        of={nodes.slice(0, 500).map(({ name }) => name)}
        onChange={(node) => onChange({ node })}
      />
      <Day label={t.gallery.from} value={search.from} onChange={(from) => onChange({ from })} />
      <Day label={t.gallery.to} value={search.to} onChange={(to) => onChange({ to })} />
    </div>
  );
}

function Typed({
  label,
  value = '',
  onDone,
  ...rest
}: {
  id?: string;
  label: string;
  value: string | undefined;
  onDone: (text: string | undefined) => void;
  className?: string;
  inputMode?: 'numeric';
}) {
  const field = useQuietText(value, (text) => onDone(text || undefined));
  return <TextInput size="xs" aria-label={label} placeholder={label} {...field} {...rest} />;
}

function Choice({
  label,
  value,
  of,
  onChange,
}: {
  label: string;
  value: string | undefined;
  of: readonly string[];
  onChange: (value: string | undefined) => void;
}) {
  const known = value === undefined || of.includes(value) ? of : [value, ...of];
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value ?? ''}
      data={[{ value: '', label }, ...known.map((name) => ({ value: name, label: name }))]}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    />
  );
}

function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  return (
    <label className={styles.day}>
      <span>{label}</span>
      <input
        type="date"
        value={value ?? ''}
        onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
      />
    </label>
  );
}
