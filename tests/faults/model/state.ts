/**
 * The lease protocol as a machine small enough to visit every state of it: what the database knows, what each agent
 * holds, and the messages between them. A step has the name of what the code does.
 */

export interface Task {
  state: 'pending' | 'held' | 'succeeded' | 'cancelled';
  /** Attempt that holds it, or held it last. */
  holder: number;
  /** Results that were accepted. */
  results: number;
}

/** A row of the database. */
export interface Attempt {
  task: number;
  agent: number;
  state: 'leased' | 'running' | 'lapsed' | 'revoked' | 'succeeded';
  /** Whether the scheduler that leads has it in its memory. */
  known: boolean;
  /** Its picture was spooled. */
  made: boolean;
  /** Begun while another attempt was at the task. */
  copy: boolean;
}

export interface Agent {
  /** Stands still: hears and does nothing. */
  frozen: boolean;
  /** A session stands. Its messages are lost with it. */
  connected: boolean;
  /** By attempt. Queued and running die with the process; spooled is on the disk. */
  holds: Record<number, 'queued' | 'running' | 'spooled'>;
}

export interface Message {
  kind: 'assignment' | 'revocation' | 'acknowledgement' | 'started' | 'delivery';
  attempt: number;
}

export interface State {
  tasks: Task[];
  attempts: Attempt[];
  agents: Agent[];
  messages: Message[];
  cancelled: boolean;
  /** A scheduler that led before, and does not know that it does not any more. */
  staleLeader: boolean;
  /**
   * Misfortunes that are left: an agent crashes, a session breaks, an agent freezes, a message arrives twice, the scheduler
   * is replaced.
   */
  misfortunes: number;
  /** A broken promise that no later state would show. */
  broken: string;
}

export interface Bounds {
  agents: number;
  tasks: number;
  /** Attempts in all. */
  attempts: number;
  /** Misfortunes in all, of any kind. */
  misfortunes: number;
  /** Whether late copies are begun. */
  copies?: boolean;
}

export const initialState = ({ agents, tasks, misfortunes }: Bounds): State => ({
  tasks: Array.from({ length: tasks }, () => ({ state: 'pending', holder: -1, results: 0 })),
  attempts: [],
  agents: Array.from({ length: agents }, () => ({ frozen: false, connected: true, holds: {} })),
  messages: [],
  cancelled: false,
  staleLeader: false,
  misfortunes,
  broken: '',
});

export const copyOf = (state: State): State => ({
  ...state,
  tasks: state.tasks.map((task) => ({ ...task })),
  attempts: state.attempts.map((attempt) => ({ ...attempt })),
  agents: state.agents.map((agent) => ({ ...agent, holds: { ...agent.holds } })),
  messages: state.messages.slice(),
});

/** Equal for equal states. Messages may arrive in any order. */
export function keyOf({
  tasks,
  attempts,
  agents,
  messages,
  cancelled,
  staleLeader,
  misfortunes,
  broken,
}: State): string {
  let key = `${cancelled ? 'c' : ''}${staleLeader ? 's' : ''}${broken}`;
  for (const { state, holder, results } of tasks) key += `|${state[0]}${holder}${results}`;
  for (const { task, agent, state, known, made, copy } of attempts)
    key += `|${task}${agent}${state[0]}${state[1]}${known ? 'k' : ''}${made ? 'm' : ''}${copy ? 'd' : ''}`;
  for (const { frozen, connected, holds } of agents) {
    key += `|${frozen ? 'f' : ''}${connected ? 'c' : ''}`;
    for (const attempt in holds) key += attempt + holds[attempt]![0];
  }
  const said = messages.map(({ kind, attempt }) => kind[0]! + kind[1] + attempt).sort();
  return `${key}|${said.join('')}|${misfortunes}`;
}

export const unsettled = ({ state }: Attempt) => state === 'leased' || state === 'running' || state === 'lapsed';
export const live = ({ state }: Attempt) => state === 'leased' || state === 'running';
