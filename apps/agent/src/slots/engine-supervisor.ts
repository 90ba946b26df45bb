/** Keeps one engine process up for a slot: started, watched, started again when it ends. */
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { EngineError, type Engine, type EngineDevice } from '@atelier/diffusion';
import type { Logger } from '@atelier/telemetry';
import { backoffMs } from '../node/backoff.js';

export type StartEngine = () => Promise<Engine>;

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

export class EngineSupervisor extends EventEmitter<{ changed: [] }> {
  /** The engine that is up; undefined while none is. */
  engine: Engine | undefined;
  /** Why no engine comes up, in a sentence; empty while one is up or on its way. */
  trouble = '';
  /** Whether no engine comes up because this machine cannot run what was asked for. */
  unsupported = false;
  /** What the slot computes on, known since its engine first came up. */
  device: EngineDevice | undefined;
  private readonly closing = new AbortController();
  private kept: Promise<void> = Promise.resolve();

  constructor(
    private readonly startEngine: StartEngine,
    private readonly log: Logger,
  ) {
    super();
  }

  /** Brings the engine up; resolves when the first try has succeeded or failed, after which it goes on by itself. */
  async start(): Promise<void> {
    const firstTry = new Promise<void>((resolve) => this.once('changed', resolve));
    this.kept = this.keep();
    await firstTry;
  }

  /** Ends the engine after its present run and starts none again. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.engine?.close();
    await this.kept;
  }

  private async keep(): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted;) {
      try {
        const engine = await this.bringUp();
        failures = 0;
        this.report(engine, '');
        const exit = await engine.exited;
        if (!signal.aborted) this.log.warn({ enginePid: engine.pid, ...exit }, 'the engine process ended');
        this.report(undefined, '');
      } catch (error) {
        this.unsupported = error instanceof EngineError && error.code === 'unsupported';
        this.report(undefined, `The engine does not start: ${(error as Error).message}.`);
        this.log.error({ why: this.trouble }, 'the engine does not start');
        await wait(backoffMs(++failures, firstPauseMs, longestPauseMs), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async bringUp(): Promise<Engine> {
    const engine = await this.startEngine();
    const { provider, name } = engine.device;
    this.device ??= engine.device;
    const wrongDevice = provider !== this.device.provider || name !== this.device.name;
    if (this.closing.signal.aborted || wrongDevice) await engine.close();
    if (wrongDevice)
      throw new Error(`it opened ${name} by ${provider} instead of ${this.device.name} by ${this.device.provider}`);
    return engine;
  }

  private report(engine: Engine | undefined, trouble: string): void {
    this.engine = engine;
    this.trouble = trouble;
    this.emit('changed');
  }
}
