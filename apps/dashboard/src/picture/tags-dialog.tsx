import type { ResultView } from '@atelier/contracts/rest';
import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePictureActions } from '../api/picture-actions.js';
import { tagsQuery } from '../api/queries.js';
import { t } from '../texts/texts.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icons.js';
import styles from './tags-dialog.module.css';

/** Adds tags to pictures and takes them away. */
export function TagsDialog({ pictures, onClose }: { pictures: readonly ResultView[]; onClose: () => void }) {
  const { mark } = usePictureActions();
  const { data: known = [] } = useQuery(tagsQuery);
  const [typed, setTyped] = useState('');
  const [had, setHad] = useState(() => [...new Set(pictures.flatMap(({ tags }) => tags))].sort());

  function add(text: string): void {
    const tags = text
      .split(',')
      .map((tag) => tag.trim().replaceAll(/\s+/g, ' '))
      .filter(Boolean);
    if (tags.length === 0) return;
    setHad([...new Set([...had, ...tags])].sort());
    setTyped('');
    void mark(pictures, { addTags: tags });
  }
  function drop(tag: string): void {
    setHad(had.filter((other) => other !== tag));
    void mark(pictures, { removeTags: [tag] });
  }

  return (
    <Dialog title={t.pictures.tagsOf(pictures.length)} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          add(typed);
        }}
      >
        <TextInput
          data-autofocus
          autoFocus
          aria-label={t.pictures.newTag}
          placeholder={t.pictures.newTag}
          list="known-tags"
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <Button type="submit" variant="filled">
          {t.pictures.addTag}
        </Button>
      </form>
      <datalist id="known-tags">
        {known.map(({ tag }) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      <ul className={styles.tags}>
        {had.map((tag) => (
          <li key={tag}>
            {tag}
            <button type="button" aria-label={t.pictures.dropTag(tag)} onClick={() => drop(tag)}>
              <Icon name="cancel" size={11} />
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
