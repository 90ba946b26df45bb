import type { NodeView } from '@atelier/contracts/rest';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { bytes, count } from '../format/quantity.js';
import { nodeTone } from '../format/tone.js';
import { t } from '../texts/texts.js';
import { StateWord } from '../ui/state-word.js';
import { NodeActions } from './node-actions.js';
import styles from './nodes-table.module.css';

interface NodeRowProps {
  node: NodeView;
  rowIndex: number;
  /** Pixels below the top of the body. */
  offset: number;
  chosen: boolean;
  onChoose: (id: string) => void;
}

/** A node in a line: the sums of its slots. Drawn anew only when its own view changes. */
export const NodeRow = memo(function NodeRow({ node, rowIndex, offset, chosen, onChoose }: NodeRowProps) {
  const { slots } = node;
  const used = sum(slots.map(({ memoryUsedBytes }) => memoryUsedBytes));
  const hottest = Math.max(...slots.map(({ temperatureCelsius }) => temperatureCelsius ?? -1));
  const watts = sum(slots.map(({ powerWatts }) => powerWatts));
  const loaded = [...new Set(slots.flatMap(({ checkpoint }) => checkpoint ?? []))].join(', ');
  const feel = [hottest >= 0 && `${Math.round(hottest)} °C`, watts !== null && `${Math.round(watts)} W`].filter(
    Boolean,
  );
  const current = slots.flatMap(({ progress }) => progress).find(({ stage }) => stage !== 'upload');
  return (
    <div
      role="row"
      aria-rowindex={rowIndex}
      className={styles.row}
      data-chosen={chosen || undefined}
      style={{ transform: `translateY(${offset}px)` }}
    >
      <span role="cell">
        <input
          type="checkbox"
          checked={chosen}
          aria-label={t.jobs.choose(node.name)}
          onChange={() => onChoose(node.id)}
        />
      </span>
      <span role="rowheader" className={styles.name} title={node.address}>
        <Link to="/nodes/$nodeId" params={{ nodeId: node.id }}>
          {node.name}
        </Link>
      </span>
      <span role="cell" title={node.reason ?? undefined}>
        <StateWord tone={nodeTone[node.state]} word={t.states.node[node.state]} />
      </span>
      <span role="cell">{node.chassis === null ? '–' : `${node.chassis} / ${node.bay ?? '–'}`}</span>
      <span role="cell">{loaded || '–'}</span>
      <span role="cell" title={slots.find(({ waitingFor }) => waitingFor !== null)?.waitingFor ?? undefined}>
        {current && current.steps > 0
          ? `${current.step}/${current.steps}`
          : t.rack.slots(slots.filter(({ state }) => state === 'busy').length, slots.length)}
      </span>
      <span role="cell">
        {used === null ? '–' : bytes(used)} / {bytes(sum(slots.map(({ memoryBytes }) => memoryBytes)))}
      </span>
      <span role="cell">{feel.join(' · ') || '–'}</span>
      <span role="cell">{count(node.picturesLastHour)}</span>
      <span role="cell" className={styles.action}>
        <NodeActions node={node} compact />
      </span>
    </div>
  );
});

/** Of what is known; null when nothing is. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
