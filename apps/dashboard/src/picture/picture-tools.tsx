/** What can be done with one picture: star, tags, recall into a new job, compare, take away, delete. */
import type { TaskView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { usePictureActions } from '../api/picture-actions.js';
import { pictureUrl } from '../api/reads.js';
import { useCommands, type Command } from '../commands/registry.js';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import { placeText, takes, type Take } from '../url/search.js';
import { heldForComparison, holdForComparison } from './held-for-comparison.js';
import styles from './picture-tools.module.css';
import { TagsDialog } from './tags-dialog.js';

const takeKeys: Record<Take, string> = { all: 'a', seed: 's', prompt: 'r' };

export function PictureTools({ task }: { task: TaskView }) {
  const { mark, remove } = usePictureActions();
  const [tagging, setTagging] = useState(false);
  const navigate = useNavigate();
  const { result } = task;

  const recall = (take: Take) => () =>
    void navigate({ to: '/jobs/new', search: { from: placeText(task), ...(take !== 'all' && { take }) } });
  const compare = () => {
    const held = heldForComparison();
    if (held !== null && held !== placeText(task)) {
      holdForComparison(null);
      return void navigate({ to: '/compare', search: { a: held, b: placeText(task) } });
    }
    holdForComparison(placeText(task));
  };
  const commands: Command[] = takes.map((take) => ({
    id: take,
    keys: takeKeys[take],
    group: 'pictures',
    title: t.picture.recall[take],
    run: recall(take),
  }));
  if (result)
    commands.push(
      {
        id: 'star',
        keys: '.',
        group: 'pictures',
        title: t.pictures.toggleStar,
        run: () => void mark([result], { starred: !result.starred }),
      },
      { id: 'tag', keys: 't', group: 'pictures', title: t.pictures.tags, run: () => setTagging(true) },
      { id: 'compare', keys: 'c', group: 'pictures', title: t.picture.compare, run: compare },
      { id: 'delete', keys: 'Delete', group: 'pictures', title: t.pictures.delete, run: () => void remove([result]) },
    );
  useCommands(commands);

  return (
    <div className={styles.tools}>
      <div className={styles.line} role="group" aria-label={t.picture.recallAs}>
        <span>{t.picture.recallAs}</span>
        {takes.map((take) => (
          <Button key={take} onClick={recall(take)}>
            {t.picture.takes[take]}
          </Button>
        ))}
      </div>
      {result && (
        <div className={styles.line}>
          <Button
            aria-pressed={result.starred}
            leftSection={<Icon name={result.starred ? 'starred' : 'star'} size={14} />}
            onClick={() => void mark([result], { starred: !result.starred })}
          >
            {result.starred ? t.pictures.unstar : t.pictures.star}
          </Button>
          <Button leftSection={<Icon name="tag" size={14} />} onClick={() => setTagging(true)}>
            {t.pictures.tags} {result.tags.length > 0 && result.tags.length}
          </Button>
          <Button leftSection={<Icon name="compare" size={14} />} onClick={compare}>
            {t.picture.compare}
          </Button>
          {!result.withheld && (
            <Button
              component="a"
              href={pictureUrl(result.sha256)}
              download={result.file}
              leftSection={<Icon name="download" size={14} />}
            >
              {t.ui.download}
            </Button>
          )}
          <Button leftSection={<Icon name="bin" size={14} />} onClick={() => void remove([result])}>
            {t.ui.delete}
          </Button>
        </div>
      )}
      {result && result.tags.length > 0 && (
        <p className={styles.tags}>{result.tags.map((tag) => `#${tag}`).join('  ')}</p>
      )}
      {tagging && result && <TagsDialog pictures={[result]} onClose={() => setTagging(false)} />}
    </div>
  );
}
