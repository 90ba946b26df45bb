import type { NodeView } from '@atelier/contracts/rest';
import type { QueryClient } from '@tanstack/react-query';
import { nodeAction, refused } from '../api/actions.js';
import { keys } from '../api/keys.js';
import { t } from '../texts/texts.js';
import { notify } from '../ui/notices.js';

export type NodeBulkAction = 'drain' | 'undrain';

const reverse: Record<NodeBulkAction, NodeBulkAction> = { drain: 'undrain', undrain: 'drain' };

/** Whether the action would change the node as it is. */
export const canDo = (action: NodeBulkAction, { state }: Pick<NodeView, 'state'>): boolean =>
  action === 'drain' ? state === 'ready' || state === 'offline' : state === 'draining' || state === 'drained';

/** Does it to one node after the other, and offers to undo it. */
export async function runNodeBulk(
  client: QueryClient,
  action: NodeBulkAction,
  nodes: readonly Pick<NodeView, 'id'>[],
  undoable = true,
): Promise<void> {
  const done: Pick<NodeView, 'id'>[] = [];
  try {
    for (const node of nodes) {
      await nodeAction(node.id, action);
      done.push(node);
    }
  } catch (error) {
    refused(error as Error);
  }
  await client.invalidateQueries({ queryKey: keys.nodes });
  notify({
    tone: 'still',
    text: t.rack.bulkDone[action](done.length),
    ...(undoable &&
      done.length > 0 && {
        action: { label: t.ui.undo, run: () => void runNodeBulk(client, reverse[action], done, false) },
      }),
  });
}
