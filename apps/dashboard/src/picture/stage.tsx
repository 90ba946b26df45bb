import type { TaskView } from '@atelier/contracts/rest';
import { getRouteApi } from '@tanstack/react-router';
import type { CSSProperties } from 'react';
import { pictureUrl } from '../api/reads.js';
import { usePreview } from '../api/use-preview.js';
import { taskTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { isFilm, WholeFile } from '../ui/picture-file.js';
import { StateWord } from '../ui/state-word.js';
import styles from './stage.module.css';

const route = getRouteApi('/pictures/$jobId/$index');

/** A picture smaller than the screen is shown at most this many times its size. */
const largestZoom = 6;

/** The picture as large as it goes, or what is known while there is none. */
export function Stage({ task }: { task: TaskView }) {
  const { pixels = false } = route.useSearch();
  const { result, settings, attempts } = task;
  const preview = usePreview(attempts.at(-1)?.id);
  const { width, height } = result ?? settings;
  const size = { '--ratio': width / height, '--largest': `${width * largestZoom}px` } as CSSProperties;

  if (result?.withheld) return <div className={styles.blank}>{t.picture.withheldHelp}</div>;
  if (result)
    return (
      <div className={styles.stage}>
        {isFilm(result) ? (
          <WholeFile file={result} alt={task.prompt} width={width} height={height} pixels={pixels} style={size} />
        ) : (
          <a href={pictureUrl(result.sha256)} target="_blank" rel="noreferrer" title={t.picture.openFile}>
            <WholeFile file={result} alt={task.prompt} width={width} height={height} pixels={pixels} style={size} />
          </a>
        )}
      </div>
    );
  if (preview)
    return (
      <div className={styles.stage}>
        <img src={preview} alt={t.picture.preview(task.prompt)} style={size} />
      </div>
    );
  return (
    <div className={styles.blank}>
      <StateWord tone={taskTone[task.state]} word={t.states.task[task.state]} />
      <p>{task.waitingFor ?? attempts.at(-1)?.message ?? t.picture.notYet}</p>
    </div>
  );
}
