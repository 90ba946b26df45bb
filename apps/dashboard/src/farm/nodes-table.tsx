/** Hundreds of nodes as rows, of which only those near the screen exist; chosen ones are drained together. */
import type { NodeView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useRef, useState } from 'react';
import { t } from '../texts/texts.js';
import { ActionBar } from '../ui/action-bar.js';
import { Dialog } from '../ui/dialog.js';
import { usePageTop } from '../ui/use-page-top.js';
import { canDo, runNodeBulk, type NodeBulkAction } from './node-bulk.js';
import { NodeRow } from './node-row.js';
import styles from './nodes-table.module.css';

const rowHeight = 37;

export function NodesTable({ nodes }: { nodes: readonly NodeView[] }) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const table = useRef<HTMLDivElement>(null);
  const top = usePageTop(table);
  const rows = useWindowVirtualizer({
    count: nodes.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => nodes[index]?.id ?? index,
    overscan: 4,
    scrollMargin: top,
    useFlushSync: false,
  });
  const choose = useCallback(
    (id: string) =>
      setChosen((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      }),
    [],
  );
  const all = nodes.length > 0 && nodes.every(({ id }) => chosen.has(id));
  const { columns } = t.rack;

  return (
    <>
      <div
        role="table"
        aria-label={t.rack.title(nodes.length)}
        aria-rowcount={nodes.length + 1}
        className={styles.table}
      >
        <div role="row" className={styles.head}>
          <span role="columnheader">
            <input
              type="checkbox"
              checked={all}
              aria-label={t.rack.chooseAll}
              onChange={() => setChosen(all ? new Set() : new Set(nodes.map(({ id }) => id)))}
            />
          </span>
          {[
            columns.name,
            columns.state,
            columns.place,
            columns.loaded,
            columns.work,
            columns.memory,
            columns.feel,
            columns.pictures,
          ].map((name) => (
            <span role="columnheader" key={name}>
              {name}
            </span>
          ))}
          <span role="columnheader">{columns.action}</span>
        </div>
        <div ref={table} role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, key, start }) => {
            const node = nodes[index];
            return (
              node && (
                <NodeRow
                  key={key}
                  node={node}
                  rowIndex={index + 2}
                  offset={start - top}
                  chosen={chosen.has(node.id)}
                  onChoose={choose}
                />
              )
            );
          })}
        </div>
      </div>
      {chosen.size > 0 && (
        <NodeBulkBar nodes={nodes.filter(({ id }) => chosen.has(id))} onDone={() => setChosen(new Set())} />
      )}
    </>
  );
}

function NodeBulkBar({ nodes, onDone }: { nodes: readonly NodeView[]; onDone: () => void }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<NodeBulkAction | null>(null);
  const concerned = asking ? nodes.filter((node) => canDo(asking, node)) : [];
  return (
    <ActionBar title={t.rack.chosen(nodes.length)}>
      <Button onClick={() => setAsking('drain')}>{t.rack.drain}</Button>
      <Button onClick={() => setAsking('undrain')}>{t.rack.undrain}</Button>
      <Button variant="subtle" color="gray" onClick={onDone}>
        {t.gallery.chooseNone}
      </Button>
      {asking && (
        <Dialog
          title={t.rack.bulkTitle[asking](concerned.length)}
          onClose={() => setAsking(null)}
          actions={
            <>
              <Button onClick={() => setAsking(null)}>{t.ui.no}</Button>
              {concerned.length > 0 && (
                <Button
                  variant="filled"
                  onClick={() => {
                    setAsking(null);
                    void runNodeBulk(client, asking, concerned);
                    onDone();
                  }}
                >
                  {asking === 'drain' ? t.rack.drain : t.rack.undrain}
                </Button>
              )}
            </>
          }
        >
          <p>{t.rack.bulkAbout(nodes.length, nodes.length - concerned.length)}</p>
        </Dialog>
      )}
    </ActionBar>
  );
}
