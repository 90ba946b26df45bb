/** Everything that the page changes. The answer is the new state and goes into the cache; a refusal becomes a notice. */
import { JobView, NodeView } from '@atelier/contracts/rest';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JobAction } from '../jobs/actions-for.js';
import { notify } from '../ui/notices.js';
import { post } from './client.js';
import { keys } from './keys.js';
import { jobPath, nodePath } from './reads.js';

export type NodeAction = 'drain' | 'undrain';

export function useJobAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: JobAction) => post(`${jobPath(id)}:${action}`, JobView),
    onError: ({ message }) => notify({ tone: 'bad', text: message }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.jobLists }),
        client.invalidateQueries({ queryKey: keys.job(id) }),
        client.invalidateQueries({ queryKey: keys.deadTasks(id) }),
        client.invalidateQueries({ queryKey: keys.farm }),
      ]),
  });
}

export function useNodeAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: NodeAction) => post(`${nodePath(id)}:${action}`, NodeView),
    onError: ({ message }) => notify({ tone: 'bad', text: message }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.nodes }),
  });
}

/** Submits a batch in YAML. Sent again with the same key it makes no second job. */
export function useSubmit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ text, idempotencyKey }: { text: string; idempotencyKey: string }) =>
      post('/jobs', JobView, { text, type: 'application/yaml', idempotencyKey }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.jobLists }),
  });
}
