/**
 * A simulator of the farm, for tests of the page alone: jobs whose tasks pass through the slots of made-up nodes, one
 * step at a call, with events and painted pictures, all in memory. Nothing of the real farm is in here.
 */
import {
  nodeStates,
  type AttemptView,
  type FarmEvent,
  type FarmView,
  type JobDetail,
  type JobView,
  type ModelView,
  type NodeView,
  type ProgressView,
  type ResultView,
  type SlotView,
  type TaskView,
} from '@atelier/contracts/rest';
import { createHash } from 'node:crypto';
import { paint, promptOf } from './scene.js';

const steps = 8;
const pixels = 128;
const sha = (of: string | Buffer) => createHash('sha256').update(of).digest('hex');

export const fakeModels: ModelView[] = [
  {
    name: 'postcard',
    sha256: sha('postcard'),
    kind: 'checkpoint',
    architecture: 'sd1',
    bytes: 168_400_120,
    defaultSize: '128x128',
    description: 'A small Stable Diffusion that paints lighthouses, houses, sailboats, balloons, castles and trees.',
  },
  {
    name: 'postcard-lcm-lora',
    sha256: sha('postcard-lcm-lora'),
    kind: 'lora',
    architecture: 'sd1',
    bytes: 3_145_728,
    defaultSize: null,
    description: 'Four steps instead of twenty.',
  },
];

export interface FakeJob {
  detail: JobDetail;
  tasks: TaskView[];
  /** Indices whose every attempt fails. */
  failing: ReadonlySet<number>;
}

export class FakeFarm {
  readonly nodes: NodeView[] = [];
  readonly jobs = new Map<string, FakeJob>();
  readonly files = new Map<string, Buffer>();
  /** Newest first. */
  readonly results: ResultView[] = [];
  readonly listeners = new Set<(event: FarmEvent) => void>();
  private made = 0;

  emit(event: FarmEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  addNode(name: string, slots: Partial<SlotView>[], extra: Partial<NodeView> = {}): NodeView {
    const node: NodeView = {
      id: sha(name).slice(0, 16),
      name,
      state: 'ready',
      reason: null,
      chassis: null,
      bay: null,
      address: `192.168.1.${20 + this.nodes.length}:7861`,
      metricsAddress: null,
      pid: 4000 + this.nodes.length,
      os: 'Debian 12',
      cpu: 'AMD Ryzen 7 5700X',
      memoryBytes: 34_359_738_368,
      engineBuild: '0.1.0',
      agentVersion: '0.1.0',
      joinedAt: new Date(Date.now() - 5_000_000).toISOString(),
      lastSeenAt: new Date().toISOString(),
      picturesLastHour: 0,
      test: null,
      limits: { paused: false, tags: [], chassis: null, watts: null, maximumCelsius: null, hours: null },
      slots: slots.map((slot, i) => ({
        id: `cpu-${i}`,
        state: 'idle',
        device: 'CPU',
        provider: 'cpu',
        reason: 'this node has no GPU',
        memoryBytes: 34_359_738_368,
        memoryUsedBytes: null,
        temperatureCelsius: null,
        powerWatts: null,
        utilizationRatio: null,
        checkpoint: null,
        progress: [],
        enginePid: 5000 + i,
        waitingFor: null,
        ...slot,
      })),
      ...extra,
    };
    this.nodes.push(node);
    this.emit({ type: 'node.changed', node });
    return node;
  }

  addJob(name: string, total: number, extra: Partial<JobDetail> = {}, failing: number[] = []): FakeJob {
    this.made += 1;
    const id = `01j${sha(`${name}${this.made}`).slice(0, 20)}`;
    const detail: JobDetail = {
      id,
      name,
      project: 'postcards',
      submittedBy: '',
      state: 'queued',
      priority: 0,
      counts: { total, pending: total, running: 0, succeeded: 0, dead: 0, cancelled: 0, withheld: 0 },
      model: 'postcard',
      createdAt: new Date(Date.now() - 1000 + this.made).toISOString(),
      startedAt: null,
      finishedAt: null,
      etaSeconds: null,
      etaRange: null,
      warnings: [],
      batch: `kind: Batch\nname: ${name}\nmodel: postcard\nsampler: euler\nsteps: ${steps}\nprompts:\n  - a {red|blue|yellow} lighthouse at dusk\nmatrix:\n  seed: { from: 1000, count: ${total} }\n`,
      seedBase: 1000,
      waitingFor: null,
      waitingRule: null,
      queuePosition: null,
      deadline: null,
      wattHours: null,
      ...extra,
    };
    const job = { detail, tasks: Array.from({ length: total }, (_, i) => newTask(id, i)), failing: new Set(failing) };
    this.jobs.set(id, job);
    this.changed(job);
    return job;
  }

  /** Every busy slot draws one step; idle slots of ready nodes take the next task of the oldest runnable job. */
  async step(): Promise<void> {
    for (const node of this.nodes)
      for (const slot of node.slots) {
        const [current] = slot.progress;
        if (current) await this.draw(node, slot, current);
        else if (node.state === 'ready') this.assign(node, slot);
      }
  }

  /** Steps until `job` has `pictures` pictures. */
  async stepUntil(job: FakeJob, pictures: number): Promise<void> {
    while (job.detail.counts.succeeded < pictures) await this.step();
  }

  act(job: FakeJob, action: 'pause' | 'resume' | 'cancel' | 'retry'): JobView {
    const { detail, tasks } = job;
    if (action === 'pause') detail.state = 'paused';
    if (action === 'resume') detail.state = 'running';
    if (action === 'cancel') {
      for (const task of tasks) if (task.state === 'pending' || task.state === 'running') task.state = 'cancelled';
      for (const { slots } of this.nodes)
        for (const slot of slots) slot.progress = slot.progress.filter(({ jobId }) => jobId !== detail.id);
      detail.state = 'cancelled';
      detail.finishedAt = new Date().toISOString();
    }
    if (action === 'retry') {
      for (const task of tasks) if (task.state === 'dead' || task.state === 'cancelled') task.state = 'pending';
      detail.state = 'running';
      detail.finishedAt = null;
    }
    this.changed(job);
    return detail;
  }

  farm(): FarmView {
    const jobs = [...this.jobs.values()].map(({ detail }) => detail);
    const slots = this.nodes.filter(({ state }) => state === 'ready').flatMap((node) => node.slots);
    const busy = slots.filter(({ progress }) => progress.length > 0).length;
    const open = jobs.filter(({ state }) => state === 'queued' || state === 'running');
    const counted = nodeStates.map((state) => [state, this.nodes.filter((node) => node.state === state).length]);
    return {
      status: this.nodes.length === 0 ? 'empty' : busy > 0 ? 'working' : 'idle',
      paused: false,
      alarms: [],
      reason:
        this.nodes.length === 0
          ? 'No node has joined yet.'
          : busy > 0
            ? `${busy} of ${slots.length} slots draw pictures of ${open.length} ${open.length === 1 ? 'job' : 'jobs'}.`
            : 'Every slot is free and no job waits.',
      nodes: Object.fromEntries(counted) as FarmView['nodes'],
      slots: { total: slots.length, busy },
      queue: {
        jobs: open.length,
        pendingTasks: open.reduce((sum, { counts }) => sum + counts.pending, 0),
        runningTasks: busy,
        oldestAgeSeconds: open.length > 0 ? 312 : null,
      },
      picturesPerMinute: busy * 9.3,
      picturesTotal: this.results.length,
      wattHoursToday: null,
      version: '0.1.0',
    };
  }

  private assign(node: NodeView, slot: SlotView): void {
    const job = [...this.jobs.values()].find(
      ({ detail, tasks }) =>
        (detail.state === 'queued' || detail.state === 'running') && tasks.some(({ state }) => state === 'pending'),
    );
    const task = job?.tasks.find(({ state }) => state === 'pending');
    if (!job || !task) return;
    const attempt = newAttempt(task, node.id, slot.id);
    task.state = 'running';
    task.attempts.push(attempt);
    const { jobId, index } = task;
    slot.state = 'busy';
    slot.checkpoint = 'postcard';
    slot.progress = [
      { attemptId: attempt.id, jobId, index, nodeId: node.id, slotId: slot.id, stage: 'encode', step: 0, steps },
    ];
    job.detail.startedAt ??= new Date().toISOString();
    job.detail.state = 'running';
    this.changed(job);
    this.emit({ type: 'node.changed', node });
  }

  private async draw(node: NodeView, slot: SlotView, before: ProgressView): Promise<void> {
    const progress: ProgressView = { ...before, stage: 'denoise', step: before.step + 1 };
    const job = this.jobs.get(progress.jobId)!;
    const task = job.tasks[progress.index]!;
    if (progress.step < steps) {
      slot.progress = [progress];
      const preview = await paint(progress.index, 64, 64, progress.step / steps);
      this.emit({ type: 'progress', progress, preview: `data:image/png;base64,${preview.toString('base64')}` });
      return;
    }
    slot.progress = [];
    slot.state = 'idle';
    if (job.failing.has(task.index)) this.fail(job, task);
    else await this.succeed(job, task, node);
    this.changed(job);
  }

  private fail(job: FakeJob, task: TaskView): void {
    const message = 'The engine ended while it decoded the picture (signal SIGSEGV).';
    Object.assign(task.attempts.at(-1)!, { state: 'failed', cause: 'engine_crashed', message, finishedAt: now() });
    task.state = 'dead';
    this.emit({ type: 'task.dead', jobId: job.detail.id, index: task.index, cause: 'engine_crashed', message });
  }

  private async succeed(job: FakeJob, task: TaskView, node: NodeView): Promise<void> {
    const file = await paint(task.index, pixels, pixels);
    const attempt = task.attempts.at(-1)!;
    const sha256 = sha(file);
    this.files.set(sha256, file);
    const record = {
      ...{ engineBuild: '0.1.0', provider: 'cpu', device: 'CPU', groupSize: 1 },
      ...{ loadSeconds: 0, encodeSeconds: 0.06, denoiseSeconds: 1.92, decodeSeconds: 0.31, uploadSeconds: 0.02 },
    };
    Object.assign(attempt, { state: 'succeeded', finishedAt: now(), record });
    task.state = 'succeeded';
    task.result = {
      jobId: job.detail.id,
      index: task.index,
      sha256,
      withheld: false,
      pixelSha256: sha(`pixels of ${sha256}`),
      file: `${String(task.index).padStart(3, '0')}-${task.seed}.png`,
      mediaType: 'image/png',
      bytes: file.length,
      width: pixels,
      height: pixels,
      seed: task.seed,
      prompt: task.prompt,
      model: 'postcard',
      starred: false,
      tags: [],
      nodeId: node.id,
      attemptId: attempt.id,
      createdAt: now(),
    };
    node.picturesLastHour += 1;
    this.results.unshift(task.result);
    this.emit({ type: 'task.succeeded', result: task.result });
  }

  /** Counts the job anew, ends it when nothing is left, and tells of it. */
  private changed({ detail, tasks }: FakeJob): void {
    const of = (state: TaskView['state']) => tasks.filter((task) => task.state === state).length;
    detail.counts = {
      total: tasks.length,
      pending: of('pending'),
      running: of('running'),
      succeeded: of('succeeded'),
      dead: of('dead'),
      cancelled: of('cancelled'),
      withheld: tasks.filter(({ result }) => result?.withheld).length,
    };
    const left = detail.counts.pending + detail.counts.running;
    detail.etaSeconds = detail.state === 'running' && left > 0 ? left * 2.4 : null;
    if (left === 0 && detail.finishedAt === null) {
      detail.state = detail.counts.dead > 0 ? 'failed' : 'completed';
      detail.finishedAt = now();
    }
    this.emit({ type: 'job.changed', job: detail });
  }
}

const now = () => new Date().toISOString();

function newTask(jobId: string, index: number): TaskView {
  const { name, sha256 } = fakeModels[0]!;
  return {
    jobId,
    index,
    state: 'pending',
    prompt: promptOf(index),
    seed: 1000 + index,
    settings: {
      model: { name, sha256 },
      vae: null,
      loras: [{ name: 'postcard-lcm-lora', sha256: fakeModels[1]!.sha256, weight: 1, textEncoderWeight: 1 }],
      negative: 'blurry',
      width: pixels,
      height: pixels,
      steps,
      guidance: 7.5,
      sampler: 'euler',
      schedule: 'karras',
      eta: null,
      clipSkip: 0,
      rng: 'cpu',
    },
    axes: { seed: 1000 + index },
    waitingFor: null,
    attempts: [],
    result: null,
  };
}

function newAttempt(task: TaskView, nodeId: string, slotId: string): AttemptView {
  const number = task.attempts.length + 1;
  return {
    id: `${task.jobId}-${task.index}-${number}`,
    number,
    state: 'running',
    nodeId,
    slotId,
    leasedAt: now(),
    startedAt: now(),
    finishedAt: null,
    cause: null,
    message: null,
    record: null,
  };
}
