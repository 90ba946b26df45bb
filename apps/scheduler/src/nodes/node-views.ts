/** Nodes as REST and events tell them. */
import { agentProto, type NodeView, type SlotState, type SlotView } from '@atelier/contracts';
import type { Results } from '@atelier/store';
import { cached } from '../cached.js';
import { slotKeyOf } from '../dispatch/types.js';
import type { Decisions } from '../operators/decisions.js';
import type { KnownNode, NodeDirectory } from './directory.js';
import type { LiveProgress } from './live-progress.js';

const hourMs = 3600_000;
/** The count of the last hour is asked for anew at most this often. */
const countedForMs = 2000;

const slotWords: Readonly<Record<agentProto.SlotState, SlotState>> = {
  [agentProto.SlotState.SLOT_STATE_UNSPECIFIED]: 'offline',
  [agentProto.SlotState.SLOT_STATE_STARTING]: 'starting',
  [agentProto.SlotState.SLOT_STATE_IDLE]: 'idle',
  [agentProto.SlotState.SLOT_STATE_BUSY]: 'busy',
  [agentProto.SlotState.SLOT_STATE_DRAINED]: 'drained',
  [agentProto.SlotState.SLOT_STATE_BLOCKED]: 'blocked',
  [agentProto.SlotState.UNRECOGNIZED]: 'offline',
};

/** The latest test without what only a comparison needs. */
function testView({ test }: KnownNode['row']): NodeView['test'] {
  if (!test) return null;
  const { at, outcome, message, slots } = test;
  return { at, outcome, message, slots };
}

export class NodeViews {
  private pictures: ReadonlyMap<string, number> = new Map();
  private readonly count: () => Promise<ReadonlyMap<string, number>>;

  constructor(
    private readonly directory: NodeDirectory,
    private readonly progress: LiveProgress,
    results: Pick<Results, 'countByNode'>,
    /** Why a slot does nothing, by its key. */
    private readonly idleFor: (slotKey: string) => string | null,
    private readonly decisions: Pick<Decisions, 'ofNode'>,
  ) {
    this.count = cached(countedForMs, () => results.countByNode(new Date(Date.now() - hourMs)));
  }

  /** All nodes, by name. */
  async list(): Promise<NodeView[]> {
    this.pictures = await this.count();
    const nodes = this.directory.all.sort((a, b) => a.row.name.localeCompare(b.row.name));
    return nodes.map((node) => this.of(node));
  }

  /** Throws `not_found`. */
  async get(nodeId: string): Promise<NodeView> {
    this.pictures = await this.count();
    return this.of(this.directory.get(nodeId));
  }

  /** A node as it is at this moment, with the count of pictures as it was last asked for. */
  of({ row, inventory, connected, slots, readings }: KnownNode): NodeView {
    const limits = this.decisions.ofNode(row.id);
    return {
      id: row.id,
      name: row.name,
      state: row.state,
      reason: row.reason,
      chassis: (limits.chassis ?? inventory?.chassis) || null,
      bay: inventory?.bay || null,
      address: row.address,
      metricsAddress: inventory?.metricsAddress || null,
      pid: inventory?.pid || null,
      os: inventory?.os ?? '',
      cpu: inventory ? `${inventory.cpuModel} (${inventory.cpuCores} cores)` : '',
      memoryBytes: inventory?.memoryBytes ?? 0,
      engineBuild: row.engineBuild,
      agentVersion: inventory?.agentVersion ?? '',
      joinedAt: row.joinedAt.toISOString(),
      lastSeenAt: (connected ? new Date() : row.lastSeenAt)?.toISOString() ?? null,
      picturesLastHour: this.pictures.get(row.id) ?? 0,
      test: testView(row),
      limits,
      slots: (inventory?.devices ?? []).map((device) =>
        this.slot(
          row.id,
          device,
          inventory!,
          connected ? slots.get(device.slotId) : undefined,
          readings.get(device.slotId),
        ),
      ),
    };
  }

  private slot(
    nodeId: string,
    { slotId, name, provider, memoryBytes, reason }: agentProto.Device,
    { models }: agentProto.Inventory,
    status: agentProto.SlotStatus | undefined,
    reading: agentProto.SlotReading | undefined,
  ): SlotView {
    const checkpoint = status?.loadedCheckpoint || null;
    return {
      id: slotId,
      state: status ? slotWords[status.state] : 'offline',
      device: name,
      provider,
      reason: status?.reason || reason,
      memoryBytes,
      memoryUsedBytes: reading?.memoryUsedBytes || null,
      temperatureCelsius: reading?.temperatureCelsius || null,
      powerWatts: reading?.powerWatts || null,
      utilizationRatio: reading ? reading.gpuUtilizationRatio || reading.busyRatio : null,
      checkpoint: models.find(({ sha256 }) => sha256 === checkpoint)?.name ?? checkpoint,
      progress: this.progress.ofSlot(nodeId, slotId),
      enginePid: status?.enginePid || null,
      waitingFor:
        status?.state === agentProto.SlotState.SLOT_STATE_IDLE ? this.idleFor(slotKeyOf(nodeId, slotId)) : null,
    };
  }
}
