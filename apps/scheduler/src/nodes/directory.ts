/** Every node of the farm, present or away: what it is, what it has, what it does now. */
import type { RenderClass } from '@atelier/batch';
import { agentProto, AtelierError, type NodeState } from '@atelier/contracts';
import { meets, type Requirements } from '@atelier/scheduling';
import type { FarmNode, NodeTest, Nodes } from '@atelier/store';
import { servingStates } from '../dispatch/nodes.js';
import type { NodeAbilities } from '../dispatch/types.js';

/** States in which an operator, not the session, has the last word. */
const administered: readonly NodeState[] = ['draining', 'drained', 'quarantined', 'off'];

type Change = Parameters<Nodes['update']>[1];

export interface KnownNode {
  /** As the database has it. */
  row: FarmNode;
  /** Null until it has registered. */
  inventory: agentProto.Inventory | null;
  abilities: NodeAbilities;
  /** Whether a session stands. */
  connected: boolean;
  /** By slot id; as last told in a session. */
  slots: Map<string, agentProto.SlotStatus>;
  readings: Map<string, agentProto.SlotReading>;
}

export class NodeDirectory {
  private readonly nodes = new Map<string, KnownNode>();
  private writing = Promise.resolve();

  constructor(
    private readonly store: Nodes,
    /** Something of a node changed that no event of the log tells: a slot, a reading. */
    private readonly onLive: (nodeId: string) => void,
    /** Tags that an operator gave a node. */
    private readonly tagsOf: (nodeId: string) => readonly string[] = () => [],
    /** Models that a node can bring from here. */
    private readonly fetchable: () => ReadonlySet<string> = () => new Set(),
  ) {}

  /** Reads the nodes of before. None has a session yet. */
  async load(): Promise<void> {
    for (const row of await this.store.list()) {
      this.nodes.set(row.id, known(row));
      if (!administered.includes(row.state) && row.state !== 'offline')
        await this.update(row.id, { state: 'offline', reason: 'The scheduler has just started and dials the node.' });
    }
  }

  get all(): KnownNode[] {
    return [...this.nodes.values()];
  }

  find(nodeId: string): KnownNode | undefined {
    return this.nodes.get(nodeId);
  }

  /** Throws `not_found`. */
  get(nodeId: string): KnownNode {
    const node = this.nodes.get(nodeId);
    if (!node) throw new AtelierError('not_found', `There is no node ${nodeId}.`);
    return node;
  }

  async join(node: { id: string; name: string; certificateSerial: string }): Promise<void> {
    this.nodes.set(node.id, known(await this.store.join(node)));
  }

  /** The node that was last seen on this hardware, if it has no session now. */
  awayWith(hardwareId: string): KnownNode | undefined {
    if (hardwareId === '') return undefined;
    return this.all.find(({ connected, inventory }) => !connected && inventory?.hardwareId === hardwareId);
  }

  /** A node has lost its key and joined anew: its old certificate is no longer good. */
  rejoin(nodeId: string, certificateSerial: string): Promise<void> {
    return this.update(nodeId, { certificateSerial });
  }

  /** Types of those of a node's slots that say hello with another engine or driver than they had. */
  renewedBy(nodeId: string, { engineBuild, inventory: said }: agentProto.Hello): string[] {
    const { row, inventory } = this.get(nodeId);
    if (!inventory || !said) return [];
    const anew = row.engineBuild !== engineBuild;
    const driverOf = (id: string) => inventory.devices.find(({ slotId }) => slotId === id)?.driver;
    return said.devices.filter(({ slotId, driver }) => anew || driverOf(slotId) !== driver).map(slotTypeOf);
  }

  /** A session stands: the node is ready, or tested first for a reason, unless an operator says otherwise. */
  connected(nodeId: string, address: string, hello: agentProto.Hello, test: string | null = null): Promise<void> {
    const node = this.get(nodeId);
    node.connected = true;
    node.slots = new Map(hello.slots.map((slot) => [slot.slotId, slot]));
    const { state, reason } = node.row;
    return this.update(nodeId, {
      ...(administered.includes(state) ? { state, reason } : { state: test ? 'testing' : 'ready', reason: test }),
      address,
      engineBuild: hello.engineBuild,
      ...inventoryColumns(hello.inventory, hello.features, hello.capabilities.includes(fetchCapability)),
    });
  }

  disconnected(nodeId: string, why: string): Promise<void> {
    const node = this.get(nodeId);
    node.connected = false;
    node.readings.clear();
    const { state } = node.row;
    return this.update(nodeId, administered.includes(state) ? {} : { state: 'offline', reason: why });
  }

  inventoryChanged(nodeId: string, inventory: agentProto.Inventory): Promise<void> {
    const { features, fetches = false } = this.get(nodeId).abilities;
    return this.update(nodeId, inventoryColumns(inventory, [...features], fetches));
  }

  setState(nodeId: string, state: NodeState, reason: string | null): Promise<void> {
    return this.update(nodeId, { state, reason });
  }

  /** A test is over. The state follows from it only where nobody decided otherwise meanwhile. */
  tested(nodeId: string, test: NodeTest, state: NodeState, reason: string | null): Promise<void> {
    const { row } = this.get(nodeId);
    return this.update(nodeId, { test, ...(row.state === 'testing' ? { state, reason } : {}) });
  }

  /** The node is quarantined, and what it passed counts no more. */
  distrusted(nodeId: string, reason: string): Promise<void> {
    const { test } = this.get(nodeId).row;
    const failed = test && { ...test, outcome: 'failed' as const, message: reason };
    return this.update(nodeId, { state: 'quarantined', reason, test: failed });
  }

  /** A node that was draining holds nothing any more. */
  async drained(nodeId: string): Promise<void> {
    if (this.find(nodeId)?.row.state === 'draining') await this.setState(nodeId, 'drained', 'An operator drained it.');
  }

  slotStatus(nodeId: string, status: agentProto.SlotStatus): void {
    this.nodes.get(nodeId)?.slots.set(status.slotId, status);
    this.onLive(nodeId);
  }

  slotReading(nodeId: string, reading: agentProto.SlotReading): void {
    this.nodes.get(nodeId)?.readings.set(reading.slotId, reading);
  }

  /** Nodes, present or away, that have or can fetch the models of a class, have its features, and a slot that is what its job requires. */
  eligible({ models, features }: Pick<RenderClass, 'models' | 'features'>, requires: Requirements = {}): string[] {
    const fetchable = this.fetchable();
    const able = this.all.filter(
      ({ row, abilities }) =>
        row.state !== 'off' &&
        models.every(({ sha256 }) => abilities.models.has(sha256) || (abilities.fetches && fetchable.has(sha256))) &&
        features.every((feature) => abilities.features.has(feature)),
    );
    if (Object.keys(requires).length > 0)
      return able.filter((node) => this.meets(node, requires)).map(({ row }) => row.id);
    return able.map(({ row }) => row.id);
  }

  /** Whether a node would have to fetch something of a class. */
  lacks(nodeId: string, { models }: Pick<RenderClass, 'models'>): boolean {
    return !models.every(({ sha256 }) => this.nodes.get(nodeId)?.abilities.models.has(sha256));
  }

  private meets({ row, inventory }: KnownNode, requires: Requirements): boolean {
    const tags = this.tagsOf(row.id);
    return (inventory?.devices ?? []).some(({ name: device, memoryBytes }) =>
      meets({ tags, device, vramBytes: memoryBytes || Infinity }, requires),
    );
  }

  /** The type of a slot: equal for slots that cost and hold the same. */
  slotType(nodeId: string, slotId: string): string {
    return this.nodes.get(nodeId)?.abilities.slotTypes?.get(slotId) ?? `${nodeId}/${slotId}`;
  }

  /** Memory of a slot; Infinity where it is not known. */
  memoryOf(nodeId: string, slotId: string): number {
    const device = this.nodes.get(nodeId)?.inventory?.devices.find((other) => other.slotId === slotId);
    return device?.memoryBytes || Infinity;
  }

  /** The type of the node's slot that an attempt's record speaks of. */
  slotTypeOfRecord(nodeId: string, { provider, device }: Pick<agentProto.AttemptRecord, 'provider' | 'device'>) {
    const devices = this.nodes.get(nodeId)?.inventory?.devices ?? [];
    const found = devices.find((other) => other.provider === provider && other.name === device) ?? devices[0];
    return found && slotTypeOf(found);
  }

  /** Types of all slots of the farm, present or away. */
  get slotTypes(): Set<string> {
    return new Set(this.all.flatMap(({ abilities }) => [...(abilities.slotTypes?.values() ?? [])]));
  }

  /** Slots that take work now. */
  get servingSlots(): { nodeId: string; slot: agentProto.SlotStatus }[] {
    return this.all
      .filter(({ connected, row }) => connected && row.state === 'ready')
      .flatMap(({ row, slots }) => [...slots.values()].map((slot) => ({ nodeId: row.id, slot })))
      .filter(({ slot }) => servingStates.includes(slot.state));
  }

  /** Notes in the database which nodes were heard of lately. */
  async noteSeen(): Promise<void> {
    const ids = this.all.filter(({ connected }) => connected).map(({ row }) => row.id);
    if (ids.length > 0) await this.store.seen(ids);
    const now = new Date();
    for (const id of ids) this.nodes.get(id)!.row.lastSeenAt = now;
  }

  private update(nodeId: string, change: Change): Promise<void> {
    const node = this.get(nodeId);
    // Known at once, written after, in this order: whoever reads meanwhile is told what holds.
    Object.assign(node.row, change, { lastSeenAt: new Date() });
    if (change.inventory) Object.assign(node, contentOf(node.row));
    const written = this.writing.then(() => this.store.update(nodeId, change)).then(() => {});
    this.writing = written.catch(() => {});
    return written;
  }
}

function known(row: FarmNode): KnownNode {
  return { row, ...contentOf(row), connected: false, slots: new Map(), readings: new Map() };
}

function contentOf({ inventory: json }: FarmNode): Pick<KnownNode, 'inventory' | 'abilities'> {
  const inventory = json && agentProto.Inventory.fromJSON(json);
  const models = new Set(inventory?.models.map(({ sha256 }) => sha256));
  const features = new Set((json?.features ?? []) as string[]);
  const fetches = json?.fetches === true;
  const slotTypes = new Map(inventory?.devices.map((device) => [device.slotId, slotTypeOf(device)]));
  return { inventory, abilities: { models, features, fetches, slotTypes } };
}

/** Equal for slots that cost and hold the same. */
const slotTypeOf = ({ provider, name, memoryBytes }: agentProto.Device) => `${provider} ${name} ${memoryBytes}`;

/** Of an agent that brings models which its node lacks. */
const fetchCapability = 'fetch_models';

/** An inventory as it is stored, together with the features of the engine and what the agent can do. */
function inventoryColumns(inventory: agentProto.Inventory | undefined, features: readonly string[], fetches: boolean) {
  if (!inventory) return {};
  return { inventory: { ...(agentProto.Inventory.toJSON(inventory) as Record<string, unknown>), features, fetches } };
}
