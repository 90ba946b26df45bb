import type { Model } from '../graph/graph.js';
import type { LoadedNetwork } from '../pipelines/types.js';
import { toEngineError } from './engine-error.js';
import { openSession, type Session, type SessionOptions } from './session.js';

/** A network that is wanted. */
export interface WantedNetwork extends LoadedNetwork {
  /** Memory that its next run takes beside its weights, bytes. @default 0 */
  workspace?: number;
  build: () => Model;
}

/** Memory that networks may take, weights and what they compute in together, bytes. */
export interface MemoryLimit {
  most: number;
  /** What is free now, where other processes use the same memory. */
  free?: () => number;
  /** Whether memory of networks that left comes back only when the last one has left. @default false */
  comesBackAtOnce?: boolean;
}

interface Entry extends LoadedNetwork {
  session: Session;
  /** What users of the network hold: it loads the network again where it had to leave. */
  handle: Session;
}

/** Keeps networks loaded between runs, the least recently used leaving first when memory gets short. */
export class SessionCache {
  /** In the order of their last use. */
  private readonly entries = new Map<string, Entry>();
  /** Memory of networks that have left which did not come back yet, bytes. */
  private lingering = 0;
  /** Keys of the networks that were asked for since the run began. */
  private asked = new Set<string>();

  /** @param around is called around each loading of a network */
  constructor(
    private readonly options: SessionOptions,
    private readonly memory: MemoryLimit,
    private readonly around: <T>(load: () => Promise<T>) => Promise<T> = (load) => load(),
  ) {}

  get loaded(): LoadedNetwork[] {
    return [...this.entries.values()].map(({ key, network, source, bytes }) => ({ key, network, source, bytes }));
  }

  /** A run begins: what is asked for from now on has a part in it. */
  begin(): void {
    this.asked = new Set();
  }

  /** What the run has computed with so far, and the weights beside it. */
  get part(): { networks: string[]; idleBytes: number } {
    const idle = this.loaded.filter(({ key }) => !this.asked.has(key));
    return { networks: [...this.asked], idleBytes: idle.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /**
   * The session of a network, loaded now where it is not yet. It stays usable when the network has to leave for another
   * one: then its next run loads it again.
   */
  async get(wanted: WantedNetwork): Promise<Session> {
    return (await this.entryOf(wanted)).handle;
  }

  private async entryOf(wanted: WantedNetwork): Promise<Entry> {
    const { key, build, workspace = 0, ...network } = wanted;
    this.asked.add(key);
    await this.makeRoom(key, network.bytes, workspace);
    let entry = this.entries.get(key);
    this.entries.delete(key);
    if (!entry) {
      const handle: Session = {
        run: async (inputs) => (this.entries.get(key) ?? (await this.entryOf(wanted))).session.run(inputs),
        release: () => this.drop(key),
      };
      entry = { key, ...network, session: await this.around(() => this.load(network, build)), handle };
    }
    this.entries.set(key, entry);
    return entry;
  }

  /** Lets go of every network. */
  async clear(): Promise<void> {
    for (const key of [...this.entries.keys()]) await this.drop(key);
  }

  private async load({ network, source }: Omit<LoadedNetwork, 'key'>, build: () => Model): Promise<Session> {
    const model = build();
    try {
      return await openSession(model, this.options);
    } catch (error) {
      throw toEngineError(error, 'load_failed', `the ${network} of ${source} cannot be loaded`);
    }
  }

  /** Lets go of others until a network and what it computes in have room, or none is left. */
  private async makeRoom(key: string, bytes: number, workspace: number): Promise<void> {
    const needed = workspace + (this.entries.has(key) ? 0 : bytes);
    const hasRoom = () => {
      const taken = this.loaded.reduce((sum, network) => sum + network.bytes, this.lingering);
      return taken + needed <= this.memory.most && needed <= (this.memory.free?.() ?? Infinity);
    };
    if (hasRoom()) return;
    if (this.memory.comesBackAtOnce) return this.clear();
    for (const other of [...this.entries.keys()].filter((own) => own !== key)) {
      await this.drop(other);
      if (hasRoom()) return;
    }
  }

  private async drop(key: string): Promise<void> {
    const entry = this.entries.get(key);
    this.entries.delete(key);
    await entry?.session.release();
    if (!this.memory.comesBackAtOnce) return;
    this.lingering = this.entries.size === 0 ? 0 : this.lingering + (entry?.bytes ?? 0);
  }
}
