import type { NodeView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { memo } from 'react';
import { useNodeAction } from '../api/actions.js';
import { ago, bytes, plural } from '../format/quantity.js';
import { nodeTone } from '../format/tone.js';
import { StateWord } from '../ui/state-word.js';
import { useNow } from '../ui/use-now.js';
import styles from './node-panel.module.css';
import { SlotCell } from './slot-cell.js';

/** A node: what it is, how it is, and its slots. Drawn anew only when its own view changes. */
export const NodePanel = memo(function NodePanel({ node }: { node: NodeView }) {
  const away = node.state === 'offline' || node.state === 'off';
  return (
    <li className={styles.node} data-away={away || undefined}>
      <div className={styles.head}>
        <h3>{node.name}</h3>
        <StateWord tone={nodeTone[node.state]} word={node.state} />
        <span className={styles.pace}>{plural(node.picturesLastHour, 'picture')} in the last hour</span>
        <DrainButton node={node} />
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
        {node.cpu} · {bytes(node.memoryBytes)} · {node.os} · {node.address}
      </p>
    </li>
  );
});

function LastSeen({ time }: { time: string | null }) {
  return <>Last seen {ago(time, useNow(5000))}.</>;
}

/** A drain lets what runs finish and starts nothing; ending it puts the node back to work. */
function DrainButton({ node }: { node: NodeView }) {
  const { mutate, isPending } = useNodeAction(node.id);
  const held = node.state === 'draining' || node.state === 'drained';
  if (node.state !== 'ready' && !held) return null;
  return (
    <Button size="compact-xs" loading={isPending} onClick={() => mutate(held ? 'undrain' : 'drain')}>
      {held ? 'Put back to work' : 'Drain'}
    </Button>
  );
}
