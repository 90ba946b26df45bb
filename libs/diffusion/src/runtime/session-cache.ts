import type { Model } from '../graph/graph.js';
import type { LoadedNetwork } from '../pipelines/types.js';
import { toEngineError } from './engine-error.js';
import { openSession, type Session, type SessionOptions } from './session.js';

/** A network that is wanted. */
export interface WantedNetwork extends LoadedNetwork {
  /** Tells it from every other: its kind, its variant and its weights. */
  key: string;
  build: () => Model;
}

interface Entry extends LoadedNetwork {
  session: Session;
}

/** Keeps networks loaded between runs, the least recently used leaving first when memory gets short. */
export class SessionCache {
  /** In the order of their last use. */
  private readonly entries = new Map<string, Entry>();

  /**
   * @param memoryBytes what the weights of all loaded networks may take together
   * @param around is called around each loading of a network
   */
  constructor(
    private readonly options: SessionOptions,
    private readonly memoryBytes: number,
    private readonly around: <T>(load: () => Promise<T>) => Promise<T> = (load) => load(),
  ) {}

  get loaded(): LoadedNetwork[] {
    return [...this.entries.values()].map(({ network, source, bytes }) => ({ network, source, bytes }));
  }

  /** The session of a network, loaded now where it is not yet. */
  async get({ key, build, ...network }: WantedNetwork): Promise<Session> {
    let entry = this.entries.get(key);
    this.entries.delete(key);
    if (!entry) {
      await this.makeRoom(network.bytes);
      entry = { ...network, session: await this.around(() => this.load(network, build)) };
    }
    this.entries.set(key, entry);
    return entry.session;
  }

  /** Lets go of every network. */
  async clear(): Promise<void> {
    for (const key of [...this.entries.keys()]) await this.drop(key);
  }

  private async load({ network, source }: LoadedNetwork, build: () => Model): Promise<Session> {
    const model = build();
    try {
      return await openSession(model, this.options);
    } catch (error) {
      throw toEngineError(error, 'load_failed', `the ${network} of ${source} cannot be loaded`);
    }
  }

  private async makeRoom(bytes: number): Promise<void> {
    let taken = this.loaded.reduce((sum, network) => sum + network.bytes, 0);
    for (const [key, entry] of [...this.entries]) {
      if (taken + bytes <= this.memoryBytes) return;
      await this.drop(key);
      taken -= entry.bytes;
    }
  }

  private async drop(key: string): Promise<void> {
    const entry = this.entries.get(key);
    this.entries.delete(key);
    await entry?.session.release();
  }
}
