/** A farm of real processes, as those who break it see it. */
import { childrenOf } from '../../support/processes.js';

export interface AgentProcess {
  /** `agent-1` and so on. */
  name: string;
  pid: number;
  /** Where the scheduler dials it. */
  grpcPort: number;
}

export interface FaultyFarm {
  readonly mode: 'embedded' | 'cluster';
  /** Address of the API: the same after every restart. */
  readonly api: string;
  readonly databaseUrl: string;
  /** Folder of the scheduler's stored pictures. */
  readonly artifacts: string;
  readonly agentNames: readonly string[];
  /** Process of the scheduler. */
  schedulerPid(): number;
  /** The agent's process; undefined while it is being started again. */
  agent(name: string): AgentProcess | undefined;
  /** Folder of the agent's spool. */
  spool(name: string): string;
  /** Kills the scheduler and starts it again over what it left; resolves when it serves. */
  killScheduler(): Promise<void>;
  /** What the processes said, for a report of what went wrong. */
  output(): string;
  stop(): Promise<void>;
}

/** Processes of an agent's engines. */
export const enginesOf = ({ pid }: AgentProcess): number[] => childrenOf(pid);

export const agentNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `agent-${i + 1}`);
