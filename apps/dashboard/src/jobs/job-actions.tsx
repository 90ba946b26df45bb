import type { JobView } from '@atelier/contracts/rest';
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useJobAction } from '../api/actions.js';
import { Icon, type IconName } from '../ui/icons.js';
import { actionsFor, type JobAction } from './actions-for.js';

const looks: Record<JobAction, { label: string; icon: IconName; hint: string }> = {
  pause: { label: 'Pause', icon: 'pause', hint: 'Pause: what runs goes on, nothing new starts' },
  resume: { label: 'Resume', icon: 'play', hint: 'Resume' },
  cancel: { label: 'Cancel', icon: 'cancel', hint: 'Cancel: finished pictures stay, retry takes up the rest' },
  retry: { label: 'Retry', icon: 'retry', hint: 'Retry the dead and cancelled tasks' },
};

/** The job's actions as buttons: with words, or as icons in a list. */
export function JobActions({ job, compact = false }: { job: JobView; compact?: boolean }) {
  const { mutate, isPending, variables } = useJobAction(job.id);
  return actionsFor(job).map((action) => {
    const { label, icon, hint } = looks[action];
    const busy = isPending && variables === action;
    return compact ? (
      <Tooltip key={action} label={hint}>
        <ActionIcon aria-label={`${label} ${job.name}`} loading={busy} onClick={() => mutate(action)}>
          <Icon name={icon} size={15} />
        </ActionIcon>
      </Tooltip>
    ) : (
      <Tooltip key={action} label={hint}>
        <Button loading={busy} leftSection={<Icon name={icon} size={14} />} onClick={() => mutate(action)}>
          {label}
        </Button>
      </Tooltip>
    );
  });
}
