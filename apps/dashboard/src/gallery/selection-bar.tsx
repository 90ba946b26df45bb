/** What can be done with the chosen pictures. */
import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { usePictureActions } from '../api/picture-actions.js';
import { chosenArchiveUrl, pictureUrl } from '../api/reads.js';
import { TagsDialog } from '../picture/tags-dialog.js';
import { t } from '../texts/texts.js';
import { ActionBar } from '../ui/action-bar.js';
import { Icon } from '../ui/icons.js';
import { placeText } from '../url/search.js';
import type { Selection } from './use-selection.js';

/** A URL that is longer would be refused on the way. */
const longestUrl = 7000;

export function SelectionBar({ selection }: { selection: Selection }) {
  const { mark, remove } = usePictureActions();
  const [tagging, setTagging] = useState(false);
  const navigate = useNavigate();
  const chosen = [...selection.pictures.values()];
  if (chosen.length === 0) return null;
  const [first, second] = chosen;
  const archive = chosenArchiveUrl(chosen);
  const allStarred = chosen.every(({ starred }) => starred);
  return (
    <ActionBar title={t.gallery.chosen(chosen.length)}>
      <Button
        leftSection={<Icon name={allStarred ? 'starred' : 'star'} size={14} />}
        onClick={() => void mark(chosen, { starred: !allStarred })}
      >
        {allStarred ? t.pictures.unstar : t.pictures.star}
      </Button>
      <Button leftSection={<Icon name="tag" size={14} />} onClick={() => setTagging(true)}>
        {t.pictures.tags}
      </Button>
      {chosen.length === 2 && (
        <Button
          leftSection={<Icon name="compare" size={14} />}
          onClick={() => void navigate({ to: '/compare', search: { a: placeText(first!), b: placeText(second!) } })}
        >
          {t.pictures.compare}
        </Button>
      )}
      {chosen.length === 1 ? (
        <Button
          component="a"
          href={pictureUrl(first!.sha256)}
          download={first!.file}
          leftSection={<Icon name="download" size={14} />}
        >
          {t.ui.download}
        </Button>
      ) : (
        archive.length <= longestUrl && (
          <Button component="a" href={archive} download leftSection={<Icon name="download" size={14} />}>
            {t.ui.downloadZip}
          </Button>
        )
      )}
      <Button
        leftSection={<Icon name="bin" size={14} />}
        onClick={() => {
          void remove(chosen);
          selection.clear();
        }}
      >
        {t.ui.delete}
      </Button>
      <Button variant="subtle" color="gray" onClick={selection.clear}>
        {t.gallery.chooseNone}
      </Button>
      {tagging && <TagsDialog pictures={chosen} onClose={() => setTagging(false)} />}
    </ActionBar>
  );
}
