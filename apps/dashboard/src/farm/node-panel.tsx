import type { NodeView } from '@atelier/contracts/rest';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { ago, bytes } from '../format/quantity.js';
import { nodeTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { StateWord } from '../ui/state-word.js';
import { useNow } from '../ui/use-now.js';
import { NodeActions } from './node-actions.js';
import styles from './node-panel.module.css';
import { SlotCell } from './slot-cell.js';

/** A node, in its bay or on its own: what it is, how it is, and its slots. Drawn anew only when its own view changes. */
export const NodePanel = memo(function NodePanel({ node, bay }: { node: NodeView; bay?: number }) {
  const away = node.state === 'offline' || node.state === 'off';
  return (
    <li className={styles.node} data-away={away || undefined} data-state={node.state} data-bay={bay}>
      <div className={styles.head}>
        {bay !== undefined && <span className={styles.bay}>{t.rack.bay(bay)}</span>}
        <h3>
          <Link to="/nodes/$nodeId" params={{ nodeId: node.id }}>
            {node.name}
          </Link>
        </h3>
        <StateWord tone={nodeTone[node.state]} word={t.states.node[node.state]} />
        {bay === undefined && <span className={styles.pace}>{t.rack.lastHour(node.picturesLastHour)}</span>}
        <NodeActions node={node} compact />
      </div>
      {(node.reason ?? away) && (
        <p className={styles.reason}>
          {node.reason} {away && <LastSeen time={node.lastSeenAt} />}
        </p>
      )}
      <ul className={styles.slots}>
        {node.slots.map((slot) => (
          <SlotCell key={slot.id} slot={slot} />
        ))}
      </ul>
      <p className={styles.machine}>
        {bay !== undefined && `${t.rack.lastHour(node.picturesLastHour)} · `}
        {[node.cpu, bytes(node.memoryBytes), node.os, node.address].filter(Boolean).join(' · ')}
      </p>
    </li>
  );
});

function LastSeen({ time }: { time: string | null }) {
  return <>{t.rack.lastSeen(ago(time, useNow(5000)))}</>;
}
