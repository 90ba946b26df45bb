import type { TaskView } from '@atelier/contracts/rest';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { taskQuery } from '../api/queries.js';
import { t } from '../texts/texts.js';
import { useJobName } from '../job/use-job-name.js';
import { Failure, Loading } from '../ui/blank.js';
import { Details } from './details.js';
import { Filmstrip } from './filmstrip.js';
import styles from './picture-page.module.css';
import { PictureBar } from './picture-bar.js';
import { Stage } from './stage.js';
import { useNeighbours } from './use-neighbours.js';

const route = getRouteApi('/pictures/$jobId/$index');

/** One task and its picture: large, with all that made it, and the way to the next one. */
export function PicturePage() {
  const { jobId, index } = route.useParams();
  const { data: task, error, refetch } = useQuery(taskQuery(jobId, index));
  const neighbours = useNeighbours(jobId, index);
  const name = useJobName(jobId);
  useDocumentTitle(`${name} #${index} · Atelier`);

  return (
    <article className={styles.page}>
      <PictureBar jobId={jobId} index={index} name={name} neighbours={neighbours} />
      {task ? (
        <Task task={task} />
      ) : error ? (
        <Failure what={t.things.picture} error={error} retry={() => void refetch()} />
      ) : (
        <div className={styles.stage}>
          <Loading what={t.things.picture} />
        </div>
      )}
      <Filmstrip jobId={jobId} index={index} around={neighbours.around} from={neighbours.from} />
    </article>
  );
}

function Task({ task }: { task: TaskView }) {
  return (
    <>
      <div className={styles.stage}>
        <Stage task={task} />
      </div>
      <div className={styles.details}>
        <Details task={task} />
      </div>
    </>
  );
}
