/** Keeps one session with every node of the farm: dials, dials again, and gives up on what has fallen silent. */
import { AtelierError } from '@atelier/contracts';
import type { agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import type { Credentials } from '@atelier/trust';
import { NodeSession, type Incoming } from './session.js';
import { PreviewDemand } from './preview-demand.js';
import { TelemetryWatch, type Telemetry } from './telemetry-watch.js';

/**
 * A node that left comes back within seconds, or not for a long time; then its agent says so itself. Dialling a thousand
 * nodes that are switched off every ten seconds took more than a third of a core.
 */
const firstPauseMs = 250;
const longestPauseMs = 60_000;

export interface SessionEvents {
  /** A session stands. What the database is to know of it is known when the promise settles. */
  onOpen(nodeId: string, address: string, hello: agentProto.Hello, session: NodeSession): Promise<void>;
  onMessage(nodeId: string, message: Incoming): void;
  onHeard(nodeId: string): void;
  onEnd(nodeId: string, why: string): void;
  /** A node answered, but no session comes about, for a reason that does not pass by itself. */
  onRefused(nodeId: string, why: string): void;
  onTelemetry(nodeId: string, telemetry: Telemetry): void;
}

export interface SessionsOptions {
  credentials: Credentials;
  term: number;
  leaseSeconds: number;
  heartbeatSeconds: number;
  /** Where nodes find assets. */
  assetUrl(): string;
  modelUrl(): string;
  logger: Logger;
}

interface Line {
  address: string;
  /** The address that the farm knows and keeps: none where `address` leads into a stream of the agent's. */
  told: string;
  session?: NodeSession | undefined;
  telemetry?: TelemetryWatch | undefined;
  failures: number;
  retry?: NodeJS.Timeout | undefined;
}

export class Sessions {
  private readonly lines = new Map<string, Line>();
  private readonly previews = new PreviewDemand(() => this.telemetries());
  private closed = false;

  constructor(
    private readonly options: SessionsOptions,
    private readonly events: SessionEvents,
  ) {}

  /**
   * Opens a session with a node at `address`, in place of any other, and keeps it up from now on. `told` is the address
   * that the farm keeps for after a restart.
   * Throws `dial_back_failed` when the first try fails.
   */
  async dial(nodeId: string, address: string, told = address): Promise<void> {
    this.hangUp(nodeId, 'The node registered anew.');
    const line: Line = { address, told, failures: 0 };
    this.lines.set(nodeId, line);
    try {
      await this.open(nodeId, line);
    } catch (error) {
      if (this.lines.get(nodeId) === line) this.lines.delete(nodeId);
      // It was reached, and speaks another language.
      if (error instanceof AtelierError && error.code === 'conflict') throw error;
      throw new AtelierError(
        'dial_back_failed',
        `The scheduler cannot reach the agent at ${address} (${(error as Error).message}): open that port in the firewall, or set --advertise to an address that the scheduler can reach.`,
      );
    }
  }

  /** Keeps dialling a node that was known before; it may be away. */
  keepDialling(nodeId: string, address: string): void {
    const line: Line = { address, told: address, failures: 0 };
    this.lines.set(nodeId, line);
    this.redial(nodeId, line);
  }

  /** There is nothing any more at `address`, at which the node was dialled. */
  leave(nodeId: string, address: string): void {
    if (this.lines.get(nodeId)?.address === address) this.hangUp(nodeId, 'the agent left');
  }

  /** The node has been silent for too long: its session is over, and it is dialled anew. */
  breakOff(nodeId: string, why: string): void {
    const line = this.lines.get(nodeId);
    if (!line?.session) return;
    this.shut(line);
    this.events.onEnd(nodeId, why);
    this.redial(nodeId, line);
  }

  /** The latest lines of a node's log; undefined while no session stands. Throws what its agent answers with. */
  async readLogs(nodeId: string, lines: number): Promise<string[] | undefined> {
    return this.lines.get(nodeId)?.session?.readLogs(lines);
  }

  /** Asks every node for previews while somebody watches. */
  setWatched(watched: boolean): void {
    this.previews.set(watched);
  }

  private *telemetries(): Iterable<TelemetryWatch> {
    for (const { telemetry } of this.lines.values()) if (telemetry) yield telemetry;
  }

  close(): void {
    this.closed = true;
    this.previews.close();
    for (const line of this.lines.values()) this.shut(line);
    this.lines.clear();
  }

  private async open(nodeId: string, line: Line): Promise<void> {
    const { credentials, term, leaseSeconds, heartbeatSeconds, assetUrl, modelUrl } = this.options;
    let known = Promise.resolve();
    const session: NodeSession = new NodeSession({
      nodeId,
      address: line.address,
      credentials,
      term,
      leaseSeconds,
      heartbeatSeconds,
      assetUrl: assetUrl(),
      modelUrl: modelUrl(),
      onOpen: (hello) => {
        line.failures = 0;
        line.telemetry = new TelemetryWatch(session.client, this.previews.current, (telemetry) =>
          this.events.onTelemetry(nodeId, telemetry),
        );
        known = this.events.onOpen(nodeId, line.told, hello, session);
      },
      onMessage: (message) => this.events.onMessage(nodeId, message),
      onHeard: () => this.events.onHeard(nodeId),
      onEnd: (why) => this.lost(nodeId, line, why),
    });
    line.session = session;
    try {
      await session.open();
      await known;
    } catch (error) {
      if (line.session === session) this.shut(line);
      throw error;
    }
  }

  private lost(nodeId: string, line: Line, why: string): void {
    this.shut(line);
    this.events.onEnd(nodeId, why);
    this.redial(nodeId, line);
  }

  private redial(nodeId: string, line: Line): void {
    const present = () => this.lines.get(nodeId) === line && !this.closed;
    if (!present()) return;
    const pauseMs = line.failures === 0 ? 0 : Math.min(firstPauseMs * 2 ** (line.failures - 1), longestPauseMs);
    line.retry = setTimeout(() => {
      this.open(nodeId, line).catch((error: unknown) => {
        line.failures += 1;
        if (error instanceof AtelierError && error.code === 'conflict') this.events.onRefused(nodeId, error.message);
        this.options.logger.debug({ nodeId, address: line.address, why: (error as Error).message }, 'node not reached');
        if (present()) this.redial(nodeId, line);
      });
    }, pauseMs);
  }

  private hangUp(nodeId: string, why: string): void {
    const line = this.lines.get(nodeId);
    if (!line) return;
    const stood = line.telemetry !== undefined;
    this.lines.delete(nodeId);
    this.shut(line);
    if (stood) this.events.onEnd(nodeId, why);
  }

  private shut(line: Line): void {
    clearTimeout(line.retry);
    line.telemetry?.close();
    line.telemetry = undefined;
    line.session?.close();
    line.session = undefined;
  }
}
