import type { NodeView } from '@atelier/contracts/rest';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { drainNow, nodeAction, refused } from '../api/actions.js';
import { keys } from '../api/keys.js';
import { t } from '../texts/texts.js';
import { Dialog } from '../ui/dialog.js';

type Danger = 'quarantine' | 'drainNow';

/** What interrupts work, each said before it is done; and the test, which does not. */
export function NodeDangers({ node }: { node: NodeView }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<Danger | null>(null);
  const { mutate, isPending } = useMutation({
    mutationFn: (what: Danger | 'test') => (what === 'drainNow' ? drainNow(node.id) : nodeAction(node.id, what)),
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: keys.nodes }),
  });
  const running = node.slots.flatMap(({ progress }) => progress).length;
  const serves = node.state === 'ready' || node.state === 'draining';
  return (
    <>
      {node.state === 'quarantined' && (
        <Button loading={isPending} onClick={() => mutate('test')}>
          {t.rack.test}
        </Button>
      )}
      {serves && running > 0 && <Button onClick={() => setAsking('drainNow')}>{t.rack.drainNow}</Button>}
      {serves && <Button onClick={() => setAsking('quarantine')}>{t.rack.quarantine}</Button>}
      {asking && (
        <Dialog
          title={asking === 'quarantine' ? t.node.quarantineTitle(node.name) : t.node.drainNowTitle(node.name)}
          onClose={() => setAsking(null)}
          actions={
            <>
              <Button onClick={() => setAsking(null)}>{t.ui.no}</Button>
              <Button
                variant="filled"
                onClick={() => {
                  mutate(asking);
                  setAsking(null);
                }}
              >
                {t.rack[asking]}
              </Button>
            </>
          }
        >
          {asking === 'quarantine' && <p>{t.node.quarantineHelp}</p>}
          {running > 0 && <p>{t.node.drainNowHelp(running)}</p>}
        </Dialog>
      )}
    </>
  );
}
