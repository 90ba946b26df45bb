/** An agent as a child process of `atelier up`: started, watched, started again. */
import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Failure } from '../errors.js';
import type { AgentReport } from './agent-report.js';

const bin = fileURLToPath(new URL('../../bin/atelier.js', import.meta.url));

/** An agent that ended is started again after this long. */
const restartMs = 1000;

export interface AgentProcessOptions {
  /** Name of the node, e.g. `agent-1`. */
  name: string;
  /** HOST:PORT of the scheduler. */
  join: string;
  dataDir: string;
  /** Its output goes there. */
  logFile: string;
  /** Threads of its engine. */
  threads: number;
  restart: boolean;
  /** A token for one join: every start gets its own. */
  createToken(): Promise<string>;
  /** What the agent last said, or that it is gone. */
  onReport(): void;
  /** Something that a person should know. */
  note(text: string): void;
}

export class AgentProcess {
  private child: ChildProcess | undefined;
  private report: AgentReport | undefined;
  private stopping = false;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly options: AgentProcessOptions) {}

  /** What runs; null while nothing serves. */
  get running(): (AgentReport & { pid: number }) | null {
    const { nodeId, grpc, metrics, enginePids } = this.report ?? {};
    const pid = this.child?.pid;
    if (!nodeId || !pid) return null;
    return { nodeId, pid, grpc: grpc!, metrics: metrics!, enginePids: enginePids! };
  }

  /** Starts the agent; settles when it serves. Throws a Failure with the agent's own words when it ends before. */
  async start(): Promise<void> {
    const { name, join, dataDir, threads, logFile, createToken } = this.options;
    const token = await createToken();
    if (this.stopping) return;
    const child = fork(
      bin,
      ['agent', '--join', join, '--data', dataDir, '--name', name, '--threads', String(threads), '--json'],
      { env: { ...process.env, ATELIER_JOIN_TOKEN: token }, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] },
    );
    this.child = child;
    let lastError = '';
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    child.stderr!.on('data', (chunk: Buffer) => {
      lastError = /^error: (.+)$/m.exec(chunk.toString())?.[1] ?? lastError;
      log.write(chunk);
    });
    this.ended = new Promise<void>((resolve) =>
      child.once('close', (code, signal) => {
        log.end();
        resolve();
        void this.onEnd(signal ?? `exit code ${code}`, lastError);
      }),
    );
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) =>
        reject(
          new Failure(`${name} could not start: ${lastError || `it ended with exit code ${code}, see ${logFile}`}`),
        ),
      );
      child.on('message', (report: AgentReport) => {
        this.report = report;
        this.options.onReport();
        resolve();
      });
    });
  }

  /** Asks the agent to end, and waits until it has; after `patienceMs` it is killed. */
  async stop(patienceMs: number): Promise<void> {
    this.stopping = true;
    this.child?.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), patienceMs);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.stopping = true;
    this.child?.kill('SIGKILL');
  }

  private async onEnd(how: string, lastError: string): Promise<void> {
    const served = this.report !== undefined;
    this.report = undefined;
    this.child = undefined;
    this.options.onReport();
    if (this.stopping || !served) return;
    const { name, restart, note } = this.options;
    note(`${name} ended (${lastError || how})${restart ? ' and starts again' : ''}`);
    while (restart && !this.stopping) {
      await wait(restartMs);
      try {
        if (!this.stopping) await this.start();
        return;
      } catch (error) {
        note((error as Error).message);
      }
    }
  }
}
