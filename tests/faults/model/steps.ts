/** Everything that can happen next: what scheduler and agents do, and what befalls them. */
import { acceptResult, cancel, copy, lapse, lease, resume, revoke, started, type LeftOut } from './database.js';
import { copyOf, live, unsettled, type Bounds, type Message, type State } from './state.js';

export interface Step {
  /** What happened, in words. */
  label: string;
  next: State;
}

export function stepsFrom(state: State, bounds: Bounds, leftOut?: LeftOut): Step[] {
  const steps: Step[] = [];
  const step = (label: string, change: (next: State) => void) => {
    const next = copyOf(state);
    change(next);
    steps.push({ label, next });
  };
  scheduler(state, bounds, step, leftOut);
  state.agents.forEach((_, agent) => agentSteps(state, agent, step, leftOut));
  arrivals(state, step, leftOut);
  misfortune(state, step, leftOut);
  return steps;
}

type Take = (label: string, change: (next: State) => void) => void;

/** A message goes out if a session stands, and is not said twice. */
function send(state: State, kind: Message['kind'], attempt: number): void {
  const { agent } = state.attempts[attempt]!;
  const said = state.messages.some((message) => message.kind === kind && message.attempt === attempt);
  if (state.agents[agent]!.connected && !said) state.messages.push({ kind, attempt });
}

function disconnect(state: State, agent: number): void {
  state.agents[agent]!.connected = false;
  state.messages = state.messages.filter(({ attempt }) => state.attempts[attempt]!.agent !== agent);
}

/** Agents are alike until something befalls them, and so are tasks: of those that are untouched one stands for all. */
const untouched = (state: State, agent: number) => state.attempts.every((attempt) => attempt.agent !== agent);

function scheduler(state: State, bounds: Bounds, step: Take, leftOut: LeftOut | undefined): void {
  const fresh = state.agents.findIndex((_, agent) => untouched(state, agent));
  const freshTask = state.tasks.findIndex(({ holder }) => holder < 0);
  state.tasks.forEach((task, t) => {
    if (task.state !== 'pending' || (task.holder < 0 && t !== freshTask)) return;
    state.agents.forEach((agent, a) => {
      if (!agent.connected || (untouched(state, a) && a !== fresh) || state.attempts.length >= bounds.attempts) return;
      step(`the scheduler leases task ${t} to agent ${a}`, (next) => send(next, 'assignment', lease(next, t, a, true)));
    });
  });
  if (bounds.copies) copies(state, bounds, fresh, step);
  state.agents.forEach(({ frozen, connected }, a) => {
    const holds = state.attempts.some((attempt) => attempt.agent === a && attempt.known && live(attempt));
    if (holds && (frozen || !connected))
      step(`agent ${a} was silent for a lease: its attempts lapse`, (next) => {
        disconnect(next, a);
        next.attempts.forEach((attempt, i) => {
          if (attempt.agent === a && attempt.known && live(attempt)) lapse(next, i);
        });
      });
    if (!connected && !frozen) step(`agent ${a} has a session again`, (next) => reconcile(next, a));
  });
  if (!state.cancelled && state.attempts.some(unsettled))
    step('the job is cancelled', (next) => {
      for (const attempt of cancel(next)) send(next, 'revocation', attempt);
    });
  if (state.staleLeader && leftOut === 'stale-leader-write' && state.attempts.length < bounds.attempts)
    state.tasks.forEach(({ state: taskState }, t) => {
      // Agents obey the higher term: they never hear of it.
      if (taskState === 'pending')
        step(`the scheduler that led before leases task ${t} to agent 0`, (next) => void lease(next, t, 0, false));
    });
}

/** apps/scheduler/src/dispatch/late-copies.ts: a run that is late is begun on another slot as well. */
function copies(state: State, bounds: Bounds, fresh: number, step: Take): void {
  if (state.attempts.length >= bounds.attempts) return;
  state.tasks.forEach((task, t) => {
    const workers = state.attempts.filter((attempt) => attempt.task === t && live(attempt));
    if (task.state !== 'held' || workers.length !== 1 || !workers[0]!.known) return;
    state.agents.forEach((agent, a) => {
      if (!agent.connected || a === workers[0]!.agent || (untouched(state, a) && a !== fresh)) return;
      step(`the scheduler begins task ${t} on agent ${a} as well`, (next) =>
        send(next, 'assignment', copy(next, t, a)),
      );
    });
  });
}

/** After Hello: apps/scheduler/src/dispatch/reconcile.ts. */
function reconcile(state: State, agent: number): void {
  const { holds } = state.agents[agent]!;
  state.agents[agent]!.connected = true;
  state.attempts.forEach((attempt, i) => {
    if (attempt.agent !== agent) return;
    const held = holds[i];
    if (held === undefined) {
      // What lapsed before a restart is in nobody's memory: it stays lapsed, and its task waits already.
      if (attempt.known) revoke(state, i);
      return;
    }
    attempt.known = true;
    if (held === 'spooled') return;
    if (held === 'running') started(state, i);
    // A lapsed one whose task went elsewhere goes on: whoever is first wins.
    if (!unsettled(attempt)) send(state, 'revocation', i);
    else if (!live(attempt)) resume(state, i);
  });
}

function agentSteps(state: State, a: number, step: Take, leftOut: LeftOut | undefined): void {
  const { frozen, connected, holds } = state.agents[a]!;
  if (frozen) return step(`agent ${a} goes on`, (next) => void (next.agents[a]!.frozen = false));
  for (const [id, held] of Object.entries(holds)) {
    const attempt = Number(id);
    if (held === 'queued')
      step(`agent ${a} begins attempt ${id}`, (next) => {
        next.agents[a]!.holds[attempt] = 'running';
        send(next, 'started', attempt);
      });
    if (held === 'running')
      step(`agent ${a} spools the picture of attempt ${id}`, (next) => {
        next.agents[a]!.holds[attempt] = 'spooled';
        next.attempts[attempt]!.made = true;
      });
    if (held === 'spooled' && connected)
      step(`agent ${a} delivers the picture of attempt ${id}`, (next) => {
        send(next, 'delivery', attempt);
        if (leftOut === 'spool-early-delete') delete next.agents[a]!.holds[attempt];
      });
  }
}

/** A message arrives; with bad luck once more later. */
function arrivals(state: State, step: Take, leftOut: LeftOut | undefined): void {
  state.messages.forEach((message, m) => {
    const { kind, attempt } = message;
    const { agent } = state.attempts[attempt]!;
    const toAgent = kind === 'assignment' || kind === 'revocation' || kind === 'acknowledgement';
    if (toAgent && state.agents[agent]!.frozen) return;
    for (const again of state.misfortunes > 0 ? [false, true] : [false])
      step(`${kind} of attempt ${attempt} arrives${again ? ', and will again' : ''}`, (next) => {
        if (again) next.misfortunes -= 1;
        else next.messages.splice(m, 1);
        receive(next, message, agent, leftOut);
      });
  });
}

function receive(state: State, { kind, attempt }: Message, agent: number, leftOut: LeftOut | undefined): void {
  const { holds } = state.agents[agent]!;
  switch (kind) {
    case 'assignment':
      // A copy of what was let go of already is taken once more: it is drawn in vain.
      return void (holds[attempt] ??= 'queued');
    case 'revocation':
    case 'acknowledgement':
      return void delete holds[attempt];
    case 'started':
      return started(state, attempt);
    case 'delivery':
      for (const other of acceptResult(state, attempt, leftOut)) send(state, 'revocation', other);
      return send(state, 'acknowledgement', attempt);
  }
}

function misfortune(state: State, step: Take, leftOut: LeftOut | undefined): void {
  if (state.misfortunes === 0) return;
  const befall = (label: string, change: (next: State) => void) =>
    step(label, (next) => {
      next.misfortunes -= 1;
      change(next);
    });
  state.agents.forEach((agent, a) => {
    if (untouched(state, a)) return;
    befall(`agent ${a} crashes`, (next) => {
      disconnect(next, a);
      const spooled = Object.entries(next.agents[a]!.holds).filter(([, held]) => held === 'spooled');
      next.agents[a]!.holds = Object.fromEntries(spooled);
      next.agents[a]!.frozen = false;
    });
    if (agent.connected)
      befall(`the session with agent ${a} breaks`, (next) => {
        disconnect(next, a);
      });
    if (!agent.frozen)
      befall(`agent ${a} freezes`, (next) => {
        next.agents[a]!.frozen = true;
      });
  });
  if (state.attempts.length > 0)
    befall('another scheduler takes the lead', (next) => {
      next.staleLeader = leftOut === 'stale-leader-write';
      next.agents.forEach((_, a) => disconnect(next, a));
      // The queue is read from the database: lapsed attempts are left where they are.
      for (const attempt of next.attempts) attempt.known = live(attempt);
    });
}
