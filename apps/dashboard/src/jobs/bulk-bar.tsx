import { bulkActions, type BulkAction } from '@atelier/contracts/rest';
import { Button, NativeSelect } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { refused } from '../api/actions.js';
import { count } from '../format/quantity.js';
import { t } from '../texts/texts.js';
import { ActionBar } from '../ui/action-bar.js';
import { Dialog } from '../ui/dialog.js';
import { Icon, type IconName } from '../ui/icons.js';
import styles from './bulk-bar.module.css';
import { planBulk, runBulk, type BulkPlan, type JobSelection } from './bulk-actions.js';

const icons: Record<Exclude<BulkAction, 'priority'>, IconName> = {
  pause: 'pause',
  resume: 'play',
  cancel: 'cancel',
  retry: 'retry',
};
const priorities = { low: -100, normal: 0, high: 100 };

interface BulkBarProps {
  selection: JobSelection;
  /** "12 chosen", or what the query says. */
  title: string;
  onDone: () => void;
}

/** The actions for many jobs. Each is counted by the farm before a person confirms it. */
export function BulkBar({ selection, title, onDone }: BulkBarProps) {
  const client = useQueryClient();
  const [plan, setPlan] = useState<BulkPlan | null>(null);
  const ask = (action: BulkAction, priority?: number) =>
    void planBulk(action, selection, priority).then(setPlan, refused);
  return (
    <ActionBar title={title}>
      {bulkActions.map((action) =>
        action === 'priority' ? (
          <NativeSelect
            key={action}
            size="xs"
            aria-label={t.bulk.actions.priority}
            value=""
            data={[
              { value: '', label: t.bulk.actions.priority },
              ...Object.keys(priorities).map((name) => ({
                value: name,
                label: t.priorities[name as keyof typeof priorities],
              })),
            ]}
            onChange={({ currentTarget: { value } }) => {
              if (value in priorities) ask('priority', priorities[value as keyof typeof priorities]);
            }}
          />
        ) : (
          <Button key={action} leftSection={<Icon name={icons[action]} size={13} />} onClick={() => ask(action)}>
            {t.bulk.actions[action]}
          </Button>
        ),
      )}
      <Button variant="subtle" color="gray" onClick={onDone}>
        {t.gallery.chooseNone}
      </Button>
      {plan && (
        <Confirm
          plan={plan}
          onClose={() => setPlan(null)}
          onConfirm={() => {
            setPlan(null);
            void runBulk(client, plan);
            onDone();
          }}
        />
      )}
    </ActionBar>
  );
}

function Confirm({ plan, onClose, onConfirm }: { plan: BulkPlan; onClose: () => void; onConfirm: () => void }) {
  const { view, action } = plan;
  const tasks = view.changed.reduce((sum, { unfinishedTasks }) => sum + unfinishedTasks, 0);
  return (
    <Dialog
      title={t.bulk.title[action](view.changed.length)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t.ui.no}</Button>
          {view.changed.length > 0 && (
            <Button variant="filled" autoFocus onClick={onConfirm}>
              {t.bulk.actions[action]}
            </Button>
          )}
        </>
      }
    >
      <p>
        {t.bulk.selected(view.selected)} {view.passedOver > 0 && t.bulk.passedOver(view.passedOver)}{' '}
        {tasks > 0 && t.bulk.unfinished(tasks)}
      </p>
      <ul className={styles.names}>
        {view.changed.slice(0, 8).map(({ id, name, unfinishedTasks }) => (
          <li key={id}>
            {name} <span>{count(unfinishedTasks)}</span>
          </li>
        ))}
        {view.changed.length > 8 && <li>… {t.bulk.more(view.changed.length - 8)}</li>}
      </ul>
    </Dialog>
  );
}
