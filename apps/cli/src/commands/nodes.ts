import type { NodeView, SlotView } from '@atelier/contracts/rest';
import { all } from '../client/client.js';
import { connect, type CommonOptions } from '../client/connect.js';
import { ago } from '../output/format.js';
import { table } from '../output/table.js';
import type { Define } from './list.js';

export const define: Define = (command) =>
  command.action(async (options: CommonOptions) => {
    const { client, output } = connect(options);
    const nodes = await all(client.nodes());
    output.answer(nodes, () =>
      nodes.length === 0 ? 'No nodes. "atelier agent --join HOST:PORT" brings one.' : nodeTable(nodes),
    );
  });

interface Row {
  node: NodeView;
  slot: SlotView | null;
}

/** A line per slot; a node that shows none yet has a line of its own. */
function nodeTable(nodes: NodeView[]): string {
  const rows = nodes.flatMap((node): Row[] =>
    node.slots.length > 0 ? node.slots.map((slot) => ({ node, slot })) : [{ node, slot: null }],
  );
  return table<Row>(
    [
      { title: 'ID', value: ({ node }) => node.id },
      { title: 'NAME', value: ({ node }) => node.name },
      { title: 'STATE', value: ({ node }) => node.state },
      { title: 'SLOT', value: ({ slot }) => slot?.device ?? null },
      { title: 'DOES', value: ({ slot }) => slot?.state ?? null },
      { title: 'LOADED', value: ({ slot }) => slot?.checkpoint ?? null },
      { title: 'LAST HOUR', align: 'right', value: ({ node }) => node.picturesLastHour },
      { title: 'SEEN', value: ({ node }) => (node.lastSeenAt ? ago(node.lastSeenAt) : null) },
    ],
    rows,
  );
}
