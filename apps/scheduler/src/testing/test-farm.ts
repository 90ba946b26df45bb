/** A scheduler with simulated agents, for tests of the whole way of a picture without an engine. It never ships. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JobDetail, JobView, ModelView, Page, Problem, ResultView } from '@atelier/contracts';
import type { StoreLocation } from '@atelier/store';
import { pino } from 'pino';
import { SimulatedAgent, type SimulatedAgentOptions } from '../../../../tests/simulation/simulated-agent.js';
import { startScheduler, type RunningScheduler, type SchedulerOptions } from '../index.js';

const modelFolders = [resolve(import.meta.dirname, '../../../../models')];

/** A batch that the demo model can draw, one task a seed. */
export const houses = (count: number, change: Record<string, unknown> = {}) => ({
  kind: 'Batch',
  model: 'postcard',
  size: '64x64',
  steps: 2,
  prompts: ['a red house at noon'],
  matrix: { seed: { from: 1, count } },
  ...change,
});

export class TestFarm {
  readonly agents: SimulatedAgent[] = [];

  private constructor(
    readonly scheduler: RunningScheduler,
    private readonly folder: string | undefined,
  ) {}

  /** Starts a scheduler over `location`; a folder of its own is deleted with it. */
  static async start(location: StoreLocation, options: Partial<SchedulerOptions> = {}): Promise<TestFarm> {
    const folder =
      'dataDir' in location || options.dataDir ? undefined : mkdtempSync(join(tmpdir(), 'atelier-scheduler-'));
    const scheduler = await startScheduler({
      dataDir: folder ?? '',
      host: '127.0.0.1',
      port: 0,
      grpcPort: 0,
      modelFolders,
      logger: pino({ level: process.env.ATELIER_LOG ?? 'silent' }),
      ...location,
      ...options,
    });
    return new TestFarm(scheduler, folder);
  }

  /** A simulated agent with every model that the farm has. */
  async join(options: Partial<SimulatedAgentOptions> = {}): Promise<SimulatedAgent> {
    const { items } = await this.get<Page<ModelView>>('/models');
    const agent = await SimulatedAgent.start({
      scheduler: this.scheduler.grpcAddress,
      ...(options.identity ? {} : { token: await this.scheduler.createJoinToken() }),
      models: items.map(({ name, sha256 }) => ({ name, sha256 })),
      ...options,
    });
    this.agents.push(agent);
    return agent;
  }

  url(path: string): string {
    return `${this.scheduler.apiUrl}/api/v1${path}`;
  }

  /** Reads; throws what the scheduler refused with. */
  async get<T>(path: string): Promise<T> {
    return this.read<T>(await fetch(this.url(path)));
  }

  async post<T>(path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<T> {
    return this.read<T>(await fetch(this.url(path), { method: 'POST', ...(body && { body }), headers }));
  }

  submit(batch: object, headers: Record<string, string> = {}): Promise<JobView> {
    return this.post('/jobs', JSON.stringify(batch), { 'content-type': 'application/json', ...headers });
  }

  job(id: string): Promise<JobDetail> {
    return this.get(`/jobs/${id}`);
  }

  /** Waits until the job is in one of `states`. */
  async until(id: string, isThere: (job: JobDetail) => boolean, withinMs = 90_000): Promise<JobDetail> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const job = await this.job(id);
      if (isThere(job)) return job;
      if (Date.now() > deadline) throw new Error(`job is ${job.state} with ${JSON.stringify(job.counts)}`);
      await new Promise((wait) => setTimeout(wait, 20));
    }
  }

  completed(id: string): Promise<JobDetail> {
    return this.until(id, ({ state }) => state === 'completed');
  }

  /** All results of a job, page by page. */
  async results(id: string, pageSize = 100): Promise<ResultView[]> {
    const results: ResultView[] = [];
    for (let token: string | null = ''; token !== null;) {
      const page: Page<ResultView> = await this.get(
        `/jobs/${id}/results?pageSize=${pageSize}${token && `&pageToken=${token}`}`,
      );
      results.push(...page.items);
      token = page.nextPageToken;
    }
    return results;
  }

  /** Ends the scheduler; agents go on. */
  async stop(): Promise<void> {
    await this.scheduler.close();
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  /** Takes every agent off the network. */
  pullAgents(): void {
    for (const agent of this.agents.splice(0)) agent.pull();
  }

  async close(): Promise<void> {
    this.pullAgents();
    await this.stop();
  }

  private async read<T>(answer: Response): Promise<T> {
    const body = (await answer.json()) as T & Problem;
    if (!answer.ok) throw new Refusal(answer.status, body);
    return body;
  }
}

/** A problem document that a call was refused with. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(`${status} ${problem.code}: ${problem.detail}`);
  }
}
