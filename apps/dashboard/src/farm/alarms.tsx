import type { NodeView } from '@atelier/contracts/rest';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { farmQuery, nodesQuery } from '../api/queries.js';
import { t } from '../texts/texts.js';
import { Icon } from '../ui/icons.js';
import styles from './alarms.module.css';

/** More than this is told as a number. */
const told = 4;

/** What needs a person: nothing is shown while nothing does. */
export function Alarms() {
  const { data: ofNodes = [] } = useQuery({ ...nodesQuery, select: alarmsOf });
  const { data: farm } = useQuery(farmQuery);
  // What the farm says of a node that stands here anyway is not said twice.
  const names = new Set(ofNodes.map(({ name }) => name));
  const ofFarm = (farm?.alarms ?? [])
    .filter((text) => ![...names].some((name) => text.includes(name)))
    .map((text) => ({ id: text, name: '', text }));
  const alarms = [...ofFarm, ...ofNodes];
  if (alarms.length === 0) return null;
  return (
    <ul className={styles.alarms} aria-label={t.farm.alarms}>
      {alarms.slice(0, told).map((alarm) => (
        <li key={alarm.id}>
          <Icon name="warning" size={14} />
          {alarm.name !== '' && (
            <Link to="/nodes/$nodeId" params={{ nodeId: alarm.id }}>
              {alarm.name}
            </Link>
          )}
          <span>{alarm.text}</span>
        </li>
      ))}
      {alarms.length > told && <li>{t.farm.moreAlarms(alarms.length - told)}</li>}
    </ul>
  );
}

/** Nodes that are away come before those of which a part is out of work. */
function alarmsOf(nodes: readonly NodeView[]) {
  const troubled = nodes.filter(({ state }) => state === 'quarantined' || state === 'offline');
  const blocked = nodes.filter(
    ({ state, slots }) => state === 'ready' && slots.some((slot) => slot.state === 'blocked'),
  );
  return [...troubled.map(sentence), ...blocked.map(blockedSentence)];
}

const sentence = ({ id, name, state, reason }: NodeView) => ({
  id,
  name,
  text: [t.states.node[state], reason].filter(Boolean).join(': '),
});

const blockedSentence = ({ id, name, slots }: NodeView) => ({
  id,
  name,
  text: [t.states.slot.blocked, slots.find(({ state }) => state === 'blocked')?.reason].filter(Boolean).join(': '),
});
