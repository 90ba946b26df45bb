/** A farm in simulated time: discrete events, the true costs with noise, failures, losses, and slots that come later. */
import type { AssignedTasks, Cost, Decision, Policy, PolicyEvent } from '@atelier/scheduling';
import { Heap } from './heap.js';
import { Random } from './random.js';
import type { Scenario, SimulatedJob, SimulatedSlot } from './scenario.js';

/** What a slot did, in seconds. */
export interface Span {
  slotId: string;
  residencyKey: string;
  jobId: string;
  from: number;
  /** When what it needs was loaded. */
  loaded: number;
  to: number;
  count: number;
  failed: boolean;
}

export interface Outcome {
  /** When the last task was done. */
  makespan: number;
  spans: Span[];
  /** Tasks done. */
  done: number;
  /** Loads in the place of something else, first loads included. */
  loads: number;
  /** Of these, those in the place of something else with the same checkpoint, where that takes less. */
  changes: number;
  /** By job: seconds from its arrival to the start of each task, and to the end of its last. */
  jobs: Map<string, { waits: number[]; end: number; done: number }>;
  /** Decisions made, and wall-clock seconds that the policy took for all. */
  decisions: number;
  policySeconds: number;
  events: number;
}

interface Running {
  tasks: readonly AssignedTasks[];
  residencyKey: string;
  costKey: string;
  count: number;
  /** The run that this is a late copy of, or that is one of this. */
  twin?: Running;
  done?: boolean;
}

interface LiveSlot extends SimulatedSlot {
  held: string | undefined;
  ram: string[];
  disk: Set<string> | undefined;
  queue: Running[];
  running: { run: Running; began: number; load: number; generation: number } | undefined;
  generation: number;
  lost: boolean;
}

type Happening =
  | { type: 'job'; job: SimulatedJob }
  | { type: 'slot'; slot: LiveSlot }
  | { type: 'end'; slot: LiveSlot; generation: number; failed: boolean }
  | { type: 'loss'; slot: LiveSlot }
  | { type: 'read'; slot: LiveSlot; key: string }
  | { type: 'event'; event: Record<string, unknown> }
  | { type: 'tick' };

/** A run as its record tells of it. */
export interface EndedRun {
  costKey: string;
  residencyKey: string;
  slotType: string;
  count: number;
  loadSeconds: number;
  runSeconds: number;
}

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

/** A run that found too little memory. */
export type RefusedRun = Pick<EndedRun, 'costKey' | 'residencyKey' | 'slotType' | 'count'>;

export interface SimulationOptions {
  /** Keep what every slot did; a million spans are a lot. @default true */
  keepSpans?: boolean;
  /** Called after each event, with the seconds passed. */
  onEvent?: (at: number, outcome: Outcome) => void;
  /** Called with each run that ended well; the policy is told what comes back. */
  onRun?: (run: EndedRun) => WithoutTime<PolicyEvent>[];
  /** Called with each run that did not fit, before the policy is told. */
  onTooLarge?: (run: RefusedRun) => void;
}

/** Runs a scenario to the end of all its tasks. Throws when tasks wait that nothing would ever begin. */
export function simulate(scenario: Scenario, policy: Policy, options: SimulationOptions = {}): Outcome {
  return new Simulation(scenario, policy, options).run();
}

class Simulation {
  private readonly happenings = new Heap<Happening>();
  private readonly slots = new Map<string, LiveSlot>();
  private readonly costs = new Map<string, Cost>();
  private readonly jobs = new Map<string, SimulatedJob>();
  private readonly random: Random;
  private readonly outcome: Outcome = {
    makespan: 0,
    spans: [],
    done: 0,
    loads: 0,
    changes: 0,
    jobs: new Map(),
    decisions: 0,
    policySeconds: 0,
    events: 0,
  };
  private readonly total: number;
  private now = 0;
  private lastProgress = 0;

  constructor(
    private readonly scenario: Scenario,
    private readonly policy: Policy,
    private readonly options: SimulationOptions,
  ) {
    this.random = new Random(scenario.seed ?? 1);
    for (const { costKey, slotType, cost } of scenario.costs) this.costs.set(`${costKey}\n${slotType}`, cost);
    if (scenario.tellCosts !== false) for (const cost of scenario.costs) this.tell({ type: 'cost', ...cost }, false);
    for (const slot of scenario.slots) {
      const live: LiveSlot = {
        ...slot,
        held: slot.resident,
        ram: [...(slot.inRam ?? [])],
        disk: slot.onDisk && new Set(slot.onDisk),
        queue: [],
        running: undefined,
        generation: 0,
        lost: false,
      };
      this.slots.set(slot.id, live);
      this.happenings.push(slot.availableAt, { type: 'slot', slot: live });
    }
    for (const { at, event } of scenario.events ?? []) this.happenings.push(at, { type: 'event', event });
    for (const job of scenario.jobs) this.happenings.push(job.at, { type: 'job', job });
    for (const { slotId, at } of scenario.losses ?? [])
      this.happenings.push(at, { type: 'loss', slot: this.slots.get(slotId)! });
    this.happenings.push(scenario.tickSeconds ?? 1, { type: 'tick' });
    this.total = scenario.jobs.reduce((sum, { classes }) => sum + classes.reduce((n, c) => n + c.remaining, 0), 0);
  }

  run(): Outcome {
    while (this.outcome.done < this.total) {
      const next = this.happenings.pop();
      if (!next) throw new Error(`${this.total - this.outcome.done} tasks wait for ever.`);
      this.now = next.time;
      if (this.now - this.lastProgress > 100_000)
        throw new Error(`${this.total - this.outcome.done} tasks have waited for a day of simulated time.`);
      this.happen(next.value);
      this.outcome.events += 1;
      this.options.onEvent?.(this.now, this.outcome);
    }
    this.outcome.makespan = this.now;
    return this.outcome;
  }

  private happen(happening: Happening): void {
    switch (happening.type) {
      case 'job': {
        const { id, at, priority = 0, ...job } = happening.job;
        this.jobs.set(id, happening.job);
        this.outcome.jobs.set(id, { waits: [], end: at, done: 0 });
        return this.tell({ type: 'job-added', jobId: id, priority, createdAt: at * 1000, ...job });
      }
      case 'slot':
        return this.addSlot(happening.slot);
      case 'end':
        return this.end(happening.slot, happening.generation, happening.failed);
      case 'loss':
        return this.lose(happening.slot);
      case 'read':
        return this.noteRam(happening.slot, happening.key);
      case 'event':
        return this.tell(happening.event);
      case 'tick':
        this.happenings.push(this.now + (this.scenario.tickSeconds ?? 1), { type: 'tick' });
        return this.tell({ type: 'tick' });
    }
  }

  private addSlot(slot: LiveSlot): void {
    const { id, nodeId, type, vramBytes, held, ram, disk, watts, chassis, tags, maxGroup = 64 } = slot;
    this.tell({
      type: 'slot-added',
      slotId: id,
      nodeId,
      models: 'all',
      features: 'all',
      maxGroup,
      slotType: type,
      vramBytes,
      inRam: new Set(ram),
      ...(held !== undefined && { resident: held }),
      ...(disk && { onDisk: new Set(disk) }),
      ...(watts !== undefined && { watts }),
      ...(chassis !== undefined && { chassis }),
      ...(tags && { tags }),
    });
  }

  private tell(fact: Record<string, unknown>, carryOut = true): void {
    const begin = performance.now();
    const decisions = this.policy.apply({ at: this.now * 1000, ...fact } as PolicyEvent);
    this.outcome.policySeconds += (performance.now() - begin) / 1000;
    if (carryOut) for (const decision of decisions) this.carryOut(decision);
  }

  private carryOut(decision: Decision): void {
    const slot = this.slots.get(decision.slotId)!;
    if (decision.type === 'prefetch') return this.read(slot, decision.residencyKey);
    this.outcome.decisions += 1;
    const tasks = decision.type === 'copy' ? decision.tasks : [decision, ...decision.joined];
    const { jobId, classId } = tasks[0]!;
    const { residencyKey, costKey } = this.jobs.get(jobId)!.classes.find(({ id }) => id === classId)!;
    const count = tasks.reduce((sum, task) => sum + task.count, 0);
    const run: Running = { tasks, residencyKey, costKey, count };
    if (decision.type === 'copy') {
      const original = this.slots.get(decision.ofSlotId)!.running?.run;
      if (original) [run.twin, original.twin] = [original, run];
    }
    slot.queue.push(run);
    if (!slot.running) this.begin(slot);
  }

  private begin(slot: LiveSlot): void {
    const run = slot.queue.shift();
    if (!run) return;
    const cost = this.costs.get(`${run.costKey}\n${slot.type}`);
    const timed = cost?.runs.find(({ size }) => size >= run.count);
    if (!cost || !timed || timed.vramBytes > slot.vramBytes) return this.refuse(slot, run);
    const load = this.load(slot, run.residencyKey, cost);
    const { noise = 0, failures = 0 } = this.scenario;
    const factor = Math.max(0.3, 1 + noise * this.random.normal()) * (slot.slowness ?? 1);
    const failed = failures > 0 && this.random.next() < failures;
    const seconds = load + timed.seconds * factor * (failed ? 0.5 : 1);
    slot.generation += 1;
    slot.running = { run, began: this.now, load, generation: slot.generation };
    this.happenings.push(this.now + seconds, { type: 'end', slot, generation: slot.generation, failed });
    for (const { jobId, count } of run.tasks) {
      const { waits } = this.outcome.jobs.get(jobId)!;
      const { at } = this.jobs.get(jobId)!;
      for (let i = 0; i < count; i++) waits.push(this.now - at);
    }
    if (this.options.keepSpans !== false)
      this.outcome.spans.push({
        slotId: slot.id,
        residencyKey: run.residencyKey,
        jobId: run.tasks[0]!.jobId,
        from: this.now,
        loaded: this.now + load,
        to: this.now + seconds,
        count: run.count,
        failed,
      });
  }

  /** The engine finds too little memory before it draws. Throws where the policy was told how much it takes. */
  private refuse(slot: LiveSlot, run: Running): void {
    const { costKey, count: group } = run;
    if (this.scenario.tellCosts !== false)
      throw new Error(`A run of ${group} of ${costKey} does not fit on ${slot.id}.`);
    const { id: slotId, type: slotType } = slot;
    this.options.onTooLarge?.({ costKey, residencyKey: run.residencyKey, slotType, count: group });
    for (const event of [
      { type: 'out-of-memory', slotId, costKey, group },
      { type: 'slot-free', slotId, seconds: 0 },
    ])
      this.happenings.push(this.now, { type: 'event', event });
    this.giveBack(run, []);
    this.begin(slot);
  }

  /** Seconds until the slot holds the key. */
  private load(slot: LiveSlot, key: string, { loadSeconds, changeSeconds }: Cost): number {
    const { held } = slot;
    if (held === key) return 0;
    this.outcome.loads += 1;
    slot.held = key;
    if (changeSeconds !== undefined && held?.split(' ')[0] === key.split(' ')[0]) {
      this.outcome.changes += 1;
      return changeSeconds;
    }
    const tier = slot.ram.includes(key) ? 'ram' : !slot.disk || slot.disk.has(key) ? 'disk' : 'lan';
    this.noteRam(slot, key);
    return loadSeconds[tier];
  }

  /** The node reads a checkpoint ahead, beside its work. */
  private read(slot: LiveSlot, key: string): void {
    const { classes } = [...this.jobs.values()].find(({ classes }) =>
      classes.some(({ residencyKey }) => residencyKey === key),
    )!;
    const { costKey } = classes.find(({ residencyKey }) => residencyKey === key)!;
    const { loadSeconds } = this.costs.get(`${costKey}\n${slot.type}`)!;
    const seconds = !slot.disk || slot.disk.has(key) ? loadSeconds.disk : loadSeconds.lan;
    this.happenings.push(this.now + seconds, { type: 'read', slot, key });
  }

  private noteRam(slot: LiveSlot, key: string): void {
    const { ramCheckpoints = 2 } = slot;
    if (ramCheckpoints === 0 || slot.lost) return;
    slot.disk?.add(key);
    slot.ram = [...slot.ram.filter((other) => other !== key), key].slice(-ramCheckpoints);
    const onDisk = slot.disk && { onDisk: new Set(slot.disk) };
    // Told on its own: the policy may decide on it at once.
    this.happenings.push(this.now, {
      type: 'event',
      event: { type: 'slot-changed', slotId: slot.id, inRam: new Set(slot.ram), ...onDisk },
    });
  }

  private end(slot: LiveSlot, generation: number, failed: boolean): void {
    if (slot.lost || slot.running?.generation !== generation) return;
    const { run, began, load } = slot.running;
    this.lastProgress = this.now;
    if (!failed) this.learn(slot, run, load, this.now - began - load);
    if (!run.twin?.done) {
      if (!failed) this.finish(run);
      else if (!run.twin) this.giveBack(run, [slot.nodeId]);
    }
    this.free(slot, this.now - began);
    if (!failed && run.twin) this.cancel(run.twin);
  }

  private learn({ type: slotType }: LiveSlot, run: Running, loadSeconds: number, runSeconds: number): void {
    const { costKey, residencyKey, count } = run;
    const facts = this.options.onRun?.({ costKey, residencyKey, slotType, count, loadSeconds, runSeconds }) ?? [];
    for (const fact of facts) this.tell(fact);
  }

  /** The slot goes on with what it holds, and says that it has a place. */
  private free(slot: LiveSlot, seconds: number): void {
    slot.running = undefined;
    this.begin(slot);
    this.tell({ type: 'slot-free', slotId: slot.id, seconds });
  }

  /** The first result of two wins: the other run stops. */
  private cancel(run: Running): void {
    for (const slot of this.slots.values())
      if (slot.running?.run === run) return this.free(slot, this.now - slot.running.began);
  }

  private finish(run: Running): void {
    run.done = true;
    for (const { jobId, count } of run.tasks) {
      const job = this.outcome.jobs.get(jobId)!;
      job.done += count;
      job.end = this.now;
      this.outcome.done += count;
    }
  }

  private giveBack({ tasks }: Running, avoid: readonly string[]): void {
    for (const { jobId, classId, count } of tasks)
      this.happenings.push(this.now, {
        type: 'event',
        event: { type: 'tasks-returned', jobId, classId, count, avoid: [...avoid] },
      });
  }

  private lose(slot: LiveSlot): void {
    slot.lost = true;
    this.tell({ type: 'slot-removed', slotId: slot.id });
    const runs = [...(slot.running ? [slot.running.run] : []), ...slot.queue];
    slot.queue = [];
    slot.running = undefined;
    for (const run of runs) if (!run.twin?.done && !run.twin) this.giveBack(run, []);
  }
}
