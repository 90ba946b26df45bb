/** The parent's handle on an engine process. */
import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type {
  EngineDevice,
  LoadedNetwork,
  RenderHooks,
  RendererOptions,
  RenderRequest,
  RenderResult,
} from '../pipelines/types.js';
import { EngineError } from './engine-error.js';
import { LIFELINE_FD } from './lifeline.js';
import type { FromEngine, ToEngine } from './protocol.js';

export interface EngineOptions extends RendererOptions {
  /** Milliseconds until a process that does not come up is given up. @default 120000 */
  startTimeoutMs?: number;
}

export interface EngineExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One engine process. Runs are made one after the other, in the order of the calls. */
export interface Engine {
  readonly pid: number;
  readonly device: EngineDevice;
  /** The networks that were loaded when it last answered. */
  readonly loaded: readonly LoadedNetwork[];
  /** Throws EngineError. `hooks.onPreview` may be set and cleared while the run goes on, through `watch`. */
  render(request: RenderRequest, hooks?: RenderHooks): Promise<RenderResult>;
  /** Turns previews of the present run on or off. */
  watch(wanted: boolean): void;
  /** Lets go of every loaded network; the process stays. */
  release(): Promise<void>;
  /** Ends the process after the present run. */
  close(): Promise<void>;
  /** Ends the process at once; a present run rejects with `crashed`. */
  kill(): void;
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<EngineExit>;
}

// A child process has no TypeScript loader: a parent that runs from source (tests) starts the built engine, too.
const entry = fileURLToPath(new URL('../../dist/runtime/engine-process.js', import.meta.url));

/** Starts an engine process and waits until it knows its device. Throws EngineError `unsupported` or `crashed`. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const { startTimeoutMs = 120_000, ...rendererOptions } = options;
  // The last pipe is the lifeline: the system closes it when this process ends, however it ends.
  const child = fork(entry, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    execArgv: [],
  });
  (child.stdio[LIFELINE_FD] as Socket).unref();
  let lastWords = '';
  child.stderr!.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2000)));
  const exited = new Promise<EngineExit>((done) => child.once('exit', (code, signal) => done({ code, signal })));
  const connection = new Connection(child, exited, () => lastWords);

  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
  try {
    const device = await connection.start(rendererOptions);
    return connection.asEngine(device);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

interface Pending {
  resolve(value: never): void;
  reject(error: EngineError): void;
  hooks: RenderHooks;
}

class Connection {
  private readonly pending = new Map<number, Pending>();
  private lastRun = 0;
  private tail: Promise<unknown> = Promise.resolve();
  private loaded: readonly LoadedNetwork[] = [];
  private closing = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly exited: Promise<EngineExit>,
    private readonly lastWords: () => string,
  ) {
    child.on('message', (message: FromEngine) => this.receive(message));
    void exited.then((exit) => this.failAll(exit));
  }

  start(options: RendererOptions): Promise<EngineDevice> {
    return this.ask<EngineDevice>(0, { type: 'start', options });
  }

  asEngine(device: EngineDevice): Engine {
    const loaded = () => this.loaded;
    return {
      pid: this.child.pid!,
      device,
      get loaded() {
        return loaded();
      },
      exited: this.exited,
      render: (request, hooks = {}) => this.inTurn(() => this.render(request, hooks)),
      watch: (wanted) => this.send({ type: 'previews', run: this.lastRun, wanted }),
      release: () =>
        this.inTurn(async () => {
          const run = ++this.lastRun;
          await this.ask<null>(run, { type: 'release', run });
        }),
      close: async () => {
        this.closing = true;
        await this.tail;
        if (this.child.connected) this.child.disconnect();
        await this.exited;
      },
      kill: () => void this.child.kill('SIGKILL'),
    };
  }

  private async render(request: RenderRequest, hooks: RenderHooks): Promise<RenderResult> {
    const run = ++this.lastRun;
    const cancelled = () => new EngineError('cancelled', 'the run was cancelled');
    if (hooks.signal?.aborted) throw cancelled();
    const cancel = () => this.send({ type: 'cancel', run });
    hooks.signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.ask<RenderResult>(
        run,
        { type: 'render', run, request, previews: hooks.onPreview !== undefined },
        hooks,
      );
    } finally {
      hooks.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Runs `work` after everything asked before, whether that succeeded or not. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing) return Promise.reject(new EngineError('crashed', 'the engine is being closed'));
    const turn = this.tail.then(work);
    this.tail = turn.catch(() => {});
    return turn;
  }

  private ask<T>(run: number, message: ToEngine, hooks: RenderHooks = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.pending.set(run, { resolve, reject, hooks });
      this.send(message);
    });
  }

  private send(message: ToEngine) {
    // A channel that is gone is told by the exit of the process, which rejects what waits.
    if (this.child.connected) this.child.send(message, () => {});
  }

  private receive(message: FromEngine) {
    switch (message.type) {
      case 'ready':
        return this.settle(0, (asked) => asked.resolve(message.device as never));
      case 'done':
        this.loaded = message.loaded;
        return this.settle(message.run, (asked) => asked.resolve(message.result as never));
      case 'failed':
        return this.settle(message.run, (asked) => asked.reject(new EngineError(message.code, message.message)));
      case 'progress':
        return this.pending.get(message.run)?.hooks.onProgress?.(message.progress);
      case 'preview':
        return this.pending.get(message.run)?.hooks.onPreview?.(message.preview);
    }
  }

  private settle(run: number, how: (asked: Pending) => void) {
    const asked = this.pending.get(run);
    this.pending.delete(run);
    if (asked) how(asked);
  }

  private failAll({ code, signal }: EngineExit) {
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
    const words = this.lastWords().trim().split('\n').at(-1);
    const error = new EngineError('crashed', `the engine process ${how}${words ? `: ${words}` : ''}`);
    for (const run of [...this.pending.keys()]) this.settle(run, (asked) => asked.reject(error));
  }
}
