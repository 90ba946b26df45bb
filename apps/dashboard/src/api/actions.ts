/** Everything that the page changes of jobs and nodes. The answer goes into the cache; a refusal becomes a notice. */
import {
  BulkView,
  ChassisView,
  FarmView,
  JobView,
  NodeView,
  ProjectView,
  TokenView,
  type BulkRequest,
  type NodeChange,
} from '@atelier/contracts/rest';
import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import type { JobAction } from '../jobs/actions-for.js';
import { t } from '../texts/texts.js';
import { notify } from '../ui/notices.js';
import { patch, post } from './client.js';
import { keys } from './keys.js';
import { yaml } from './reads.js';

export type NodeAction = 'drain' | 'undrain' | 'quarantine' | 'test';

export const refused = ({ message }: Error) => notify({ tone: 'bad', text: message });

export function useJobAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: JobAction) => post(`/jobs/{id}:${action}`, { path: { id } }, JobView),
    onError: refused,
    onSettled: () =>
      Promise.all([
        jobsChanged(client),
        client.invalidateQueries({ queryKey: keys.deadTasks(id) }),
        client.invalidateQueries({ queryKey: keys.failures(id) }),
      ]),
  });
}

export function useJobPriority(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (priority: number) => patch('/jobs/{id}', { path: { id } }, JobView, { priority }),
    onError: refused,
    onSettled: () => jobsChanged(client),
  });
}

export const jobsChanged = (client: QueryClient) =>
  Promise.all([
    client.invalidateQueries({ queryKey: keys.jobLists }),
    client.invalidateQueries({ queryKey: ['jobs', 'one'] }),
    client.invalidateQueries({ queryKey: keys.farm }),
  ]);

export const bulk = (request: BulkRequest) => post('/jobs:bulk', {}, BulkView, request);

export const nodeAction = (id: string, action: NodeAction) => post(`/nodes/{id}:${action}`, { path: { id } }, NodeView);
export const drainNow = (id: string) => post('/nodes/{id}:drain', { path: { id }, query: { mode: 'now' } }, NodeView);

/** Pauses the farm, or lets it go on: what runs ends either way. */
export function useFarmPause() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (pause: boolean) => post(pause ? '/farm:pause' : '/farm:resume', {}, FarmView),
    onSuccess: (farm) => client.setQueryData(keys.farm, farm),
    onError: refused,
  });
}

/** Changes some of a node's limits. What a refusal becomes is for the caller to say. */
export function useNodeChange(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: NodeChange) => patch('/nodes/{id}', { path: { id } }, NodeView, change),
    onSettled: () => client.invalidateQueries({ queryKey: keys.nodes }),
  });
}

export function useNodeAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: NodeAction) => nodeAction(id, action),
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: keys.nodes }),
  });
}

export type ShareChange = Partial<Pick<ProjectView, 'weight' | 'budgetSeconds' | 'maximumSlots' | 'safety'>>;

/** Changes what a project may have, or a user in it. */
export function useShareChange(project: string, user: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: ShareChange) =>
      user === null
        ? patch('/projects/{name}', { path: { name: project } }, ProjectView, change)
        : patch('/projects/{name}/users/{user}', { path: { name: project, user } }, ProjectView, change),
    onSuccess: () => notify({ tone: 'good', text: t.settings.changed(user ?? project) }),
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: keys.projects }),
  });
}

/** Sets what the working nodes of a chassis may draw together, in watts; null: as much as they like. */
export function useWattBudget(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wattBudget: number | null) => patch('/chassis/{id}', { path: { id } }, ChassisView, { wattBudget }),
    onSuccess: () => notify({ tone: 'good', text: t.settings.changed(id) }),
    onError: refused,
    onSettled: () => client.invalidateQueries({ queryKey: keys.chassis }),
  });
}

export const createToken = () => post('/tokens', {}, TokenView);

/** Submits a batch in YAML. Sent again with the same key it makes no second job. */
export function useSubmit() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ text, idempotencyKey }: { text: string; idempotencyKey: string }) =>
      post('/jobs', {}, JobView, yaml(text, idempotencyKey)),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.jobLists }),
  });
}

/** The same text sent twice makes one job. Not `randomUUID`, which browsers keep from pages on plain http. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
