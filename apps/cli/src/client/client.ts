/** The farm's REST API as functions: a page of a listing is fetched when the one before it is used up. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type {
  AssetView,
  ChassisView,
  EstimateView,
  FarmView,
  JobAxes,
  JobDetail,
  JobView,
  ModelView,
  NodeChange as NodeLimitsChange,
  NodeView,
  Page,
  ResultView,
  SheetView,
  TokenView,
} from '@atelier/contracts/rest';
import { call, callJson, type Server } from './http.js';

/** A batch as it is sent: all its files are assets. */
export interface BatchText {
  text: string;
  mediaType: 'application/yaml' | 'application/json';
}

export type JobVerb = 'cancel' | 'pause' | 'resume' | 'retry';
export type FarmVerb = 'pause' | 'resume';
export type NodeVerb = 'drain' | 'undrain' | 'quarantine';

export interface NodeChange {
  /** Of a drain: what runs is given back instead of finished. */
  now?: boolean;
  /** Of a quarantine, in a sentence. */
  reason?: string;
}

export interface Client {
  readonly server: Server;
  submit(batch: BatchText): Promise<JobView>;
  estimate(batch: BatchText): Promise<EstimateView>;
  uploadAsset(content: Uint8Array<ArrayBuffer>, mediaType: string): Promise<AssetView>;
  /** Newest first. */
  jobs(filter?: { state?: string | undefined }): AsyncGenerator<JobView>;
  job(id: string): Promise<JobDetail>;
  changeJob(id: string, verb: JobVerb): Promise<JobView>;
  /** By index. */
  results(jobId: string): AsyncGenerator<ResultView>;
  /** The bytes of a stored file. */
  artifact(sha256: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** The contact sheets that a job's batch asks for. */
  sheets(jobId: string): Promise<readonly SheetView[]>;
  /** One of them, as a PNG file. */
  sheet(jobId: string, sheet: SheetView): Promise<Uint8Array>;
  farm(): Promise<FarmView>;
  changeFarm(verb: FarmVerb): Promise<FarmView>;
  chassis(): Promise<ChassisView[]>;
  oneChassis(id: string): Promise<ChassisView>;
  setWattBudget(id: string, wattBudget: number | null): Promise<ChassisView>;
  nodes(): AsyncGenerator<NodeView>;
  node(id: string): Promise<NodeView>;
  changeNode(id: string, verb: NodeVerb, change?: NodeChange): Promise<NodeView>;
  setLimits(id: string, change: NodeLimitsChange): Promise<NodeView>;
  models(): AsyncGenerator<ModelView>;
  createToken(): Promise<TokenView>;
}

/** The items of a listing as an array. */
export async function all<T>(listing: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of listing) items.push(item);
  return items;
}

export function createClient(server: Server): Client {
  const get = <T>(path: string, query = {}) => callJson<T>(server, path, { query });
  const post = <T>(path: string) => callJson<T>(server, path, { method: 'POST' });
  const patch = <T>(path: string, change: object) =>
    callJson<T>(server, path, {
      method: 'PATCH',
      body: JSON.stringify(change),
      headers: { 'content-type': 'application/json' },
    });
  const send = <T>(path: string, { text, mediaType }: BatchText, headers = {}) =>
    callJson<T>(server, path, { method: 'POST', body: text, headers: { 'content-type': mediaType, ...headers } });

  async function* list<T>(path: string, query: Record<string, string | undefined> = {}): AsyncGenerator<T> {
    let pageToken: string | null = null;
    do {
      const page: Page<T> = await get<Page<T>>(path, { ...query, pageSize: 200, pageToken: pageToken ?? undefined });
      yield* page.items;
      pageToken = page.nextPageToken;
    } while (pageToken !== null);
  }

  return {
    server,
    submit: (batch) => send('/jobs', batch, { 'idempotency-key': randomUUID(), ...userHeader() }),
    estimate: (batch) => send('/estimates', batch),
    uploadAsset: (content, mediaType) =>
      callJson(server, '/assets', { method: 'POST', body: content, headers: { 'content-type': mediaType } }),
    jobs: (filter = {}) => list('/jobs', filter),
    job: (id) => get(`/jobs/${encodeURIComponent(id)}`),
    changeJob: (id, verb) => post(`/jobs/${encodeURIComponent(id)}:${verb}`),
    results: (jobId) => list(`/jobs/${encodeURIComponent(jobId)}/results`),
    artifact: async (sha256, signal) =>
      new Uint8Array(
        await (await call(server, `/artifacts/${sha256}/content`, signal ? { signal } : {})).arrayBuffer(),
      ),
    sheets: async (jobId) => (await get<Partial<JobAxes>>(`/jobs/${encodeURIComponent(jobId)}/axes`)).sheets ?? [],
    sheet: async (jobId, { x, y, at }) => {
      const positions = Object.entries(at).map(([key, position]) => `${key}:${position}`);
      const query = { x, y: y ?? undefined, at: positions.join(',') };
      const answer = await call(server, `/jobs/${encodeURIComponent(jobId)}/sheet`, { query });
      return new Uint8Array(await answer.arrayBuffer());
    },
    farm: () => get('/farm'),
    changeFarm: (verb) => post(`/farm:${verb}`),
    chassis: async () => all(list<ChassisView>('/chassis')),
    oneChassis: (id) => get(`/chassis/${encodeURIComponent(id)}`),
    setWattBudget: (id, wattBudget) => patch(`/chassis/${encodeURIComponent(id)}`, { wattBudget }),
    nodes: () => list('/nodes'),
    node: (id) => get(`/nodes/${encodeURIComponent(id)}`),
    changeNode: (id, verb, { now, reason } = {}) => {
      const path = `/nodes/${encodeURIComponent(id)}:${verb}${now ? '?mode=now' : ''}`;
      const body = { text: JSON.stringify({ reason }), mediaType: 'application/json' } as const;
      return reason === undefined ? post(path) : send(path, body);
    },
    setLimits: (id, change) => patch(`/nodes/${encodeURIComponent(id)}`, change),
    models: () => list('/models'),
    createToken: () => post('/tokens'),
  };
}

/** Who submits, for shares: the user of this machine, where that is a name that the farm takes. */
function userHeader(): Record<string, string> {
  try {
    const { username } = userInfo();
    return /^[\w.@+-]{1,100}$/.test(username) ? { 'atelier-user': username } : {};
  } catch {
    return {};
  }
}
