import type { JobView } from '@atelier/contracts/rest';
import { ActionIcon, Button } from '@mantine/core';
import { useJobAction } from '../api/actions.js';
import { t } from '../texts/texts.js';
import { Icon, type IconName } from '../ui/icons.js';
import { actionsFor, type JobAction } from './actions-for.js';

const icons: Record<JobAction, IconName> = { pause: 'pause', resume: 'play', cancel: 'cancel', retry: 'retry' };

/** The job's actions as buttons: with words, or as icons in a list. */
export function JobActions({ job, compact = false }: { job: JobView; compact?: boolean }) {
  const { mutate, isPending, variables } = useJobAction(job.id);
  return actionsFor(job).map((action) => {
    const label = t.bulk.actions[action];
    const hint = t.jobs.hints[action];
    const icon = icons[action];
    const busy = isPending && variables === action;
    return compact ? (
      <ActionIcon
        key={action}
        aria-label={`${label} ${job.name}`}
        data-hint={hint}
        loading={busy}
        onClick={() => mutate(action)}
      >
        <Icon name={icon} size={15} />
      </ActionIcon>
    ) : (
      <Button
        key={action}
        data-hint={hint}
        loading={busy}
        leftSection={<Icon name={icon} size={14} />}
        onClick={() => mutate(action)}
      >
        {label}
      </Button>
    );
  });
}
