import type { NodeView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useNodeAction } from '../api/actions.js';
import { t } from '../texts/texts.js';

/** A drain lets what runs finish and starts nothing; ending it puts the node back to work. */
export function NodeActions({ node, compact = false }: { node: NodeView; compact?: boolean }) {
  const { mutate, isPending } = useNodeAction(node.id);
  const held = node.state === 'draining' || node.state === 'drained';
  if (node.state !== 'ready' && !held) return null;
  return (
    <Button
      {...(compact && { size: 'compact-xs' })}
      loading={isPending}
      onClick={() => mutate(held ? 'undrain' : 'drain')}
    >
      {held ? t.rack.undrain : t.rack.drain}
    </Button>
  );
}
