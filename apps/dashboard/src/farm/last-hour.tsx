import type { FarmChange, FarmHistory } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { historyQuery } from '../api/queries.js';
import { ago, count } from '../format/quantity.js';
import { jobTone, nodeTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { Section } from '../ui/page.js';
import { StateWord } from '../ui/state-word.js';
import { useNow } from '../ui/use-now.js';
import styles from './last-hour.module.css';

const shownChanges = 12;

/** The last hour: how many pictures each minute brought, and what changed. */
export function LastHour() {
  const { data: history } = useQuery(historyQuery);
  if (!history) return null;
  const made = history.picturesPerMinute.reduce((sum, pictures) => sum + pictures, 0);
  if (made === 0 && history.changes.length === 0) return null;
  return (
    <Section
      title={t.farm.lastHour}
      aside={<span className={styles.sum}>{t.farm.hourSum(made, history.deadTasks)}</span>}
    >
      <div className={styles.hour}>
        <Minutes history={history} />
        <Changes changes={history.changes.slice(0, shownChanges)} />
      </div>
    </Section>
  );
}

const height = 96;

/** A bar a minute; the numbers are there for those who do not see it. */
function Minutes({ history: { picturesPerMinute } }: { history: FarmHistory }) {
  const most = Math.max(1, ...picturesPerMinute);
  return (
    <figure className={styles.minutes}>
      <svg
        viewBox={`0 0 ${picturesPerMinute.length * 4} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t.farm.minutes(most)}
      >
        {picturesPerMinute.map((pictures, i) => (
          <rect
            key={i}
            x={i * 4 + 0.5}
            width={3}
            y={height - (pictures / most) * height}
            height={(pictures / most) * height}
          />
        ))}
      </svg>
      <figcaption>
        <span>{t.farm.hourAgo}</span>
        <span>{t.farm.mostPerMinute(count(most))}</span>
        <span>{t.units.now}</span>
      </figcaption>
    </figure>
  );
}

function Changes({ changes }: { changes: readonly FarmChange[] }) {
  const now = useNow(15_000);
  return (
    <ol className={styles.changes}>
      {changes.map((change) => (
        <li key={`${change.at}${change.id}`}>
          <span className={styles.when}>{ago(change.at, now)}</span>
          {change.kind === 'job' ? (
            <Link to="/jobs/$jobId" params={{ jobId: change.id }}>
              {change.name}
            </Link>
          ) : (
            <Link to="/nodes/$nodeId" params={{ nodeId: change.id }}>
              {change.name}
            </Link>
          )}
          {change.kind === 'job' ? (
            <StateWord tone={jobTone[change.state]} word={t.states.job[change.state]} />
          ) : (
            <StateWord tone={nodeTone[change.state]} word={t.states.node[change.state]} />
          )}
        </li>
      ))}
    </ol>
  );
}
