/** Sessions and slots as the dispatcher sees them: who can be given work now. */
import { agentProto } from '@atelier/contracts';
import type { DispatchState } from './state.js';
import {
  slotIdOf,
  slotKeyOf,
  type ActiveNode,
  type ActiveSlot,
  type Attempt,
  type NodeAbilities,
  type NodeLink,
} from './types.js';

const { DrainMode, SlotState } = agentProto;

/** Tasks that share a run at most: how many do is what predictions say. */
const maximumGroup = 8;

/** States of a slot that takes work. */
export const servingStates: readonly agentProto.SlotState[] = [SlotState.SLOT_STATE_IDLE, SlotState.SLOT_STATE_BUSY];

export class NodeSlots {
  constructor(private readonly state: DispatchState) {}

  /** A session stands. Its slots serve once their status says so, and if they are `held` once they are admitted. */
  connect(nodeId: string, link: NodeLink, abilities: NodeAbilities, draining: boolean, held = false): void {
    this.disconnect(nodeId);
    this.state.leaving.delete(nodeId);
    this.state.nodes.set(nodeId, { id: nodeId, link, ...abilities, draining, held, slots: new Map() });
    if (draining) this.sendDrain(nodeId, DrainMode.DRAIN_MODE_FINISH);
  }

  /** The session broke: nothing can be given to the node. What it holds goes on until its leases lapse. */
  disconnect(nodeId: string): void {
    const node = this.state.nodes.get(nodeId);
    if (!node) return;
    for (const [slotKey, slot] of node.slots) this.withdraw(slotKey, slot);
    this.state.nodes.delete(nodeId);
    if (node.draining) this.state.leaving.add(nodeId);
  }

  status(nodeId: string, status: agentProto.SlotStatus): void {
    const { slotId, state, loadedCheckpoint, attemptIds } = status;
    const node = this.state.nodes.get(nodeId);
    if (!node) return;
    const slotKey = slotKeyOf(nodeId, slotId);
    const nothing = { inVram: [], inRam: [] };
    const slot = node.slots.get(slotKey) ?? { serving: false, unloading: false, offered: false, held: nothing };
    node.slots.set(slotKey, slot);
    slot.serving = servingStates.includes(state);
    slot.unloading = slot.serving || (state === SlotState.SLOT_STATE_DRAINED && loadedCheckpoint !== '');
    this.forgetLetGo(nodeId, slotKey, attemptIds);
    this.noteHeld(slotKey, slot, status);
    this.offerOrWithdraw(node, slotKey, slot);
    if (loadedCheckpoint === '' && slot.resident !== undefined) {
      slot.resident = undefined;
      this.state.tell({ type: 'slot-loaded', slotId: slotKey });
    }
    this.state.finishDraining(nodeId);
  }

  /** Its models or its engine changed. */
  change(nodeId: string, { models, features }: NodeAbilities): void {
    const node = this.state.nodes.get(nodeId);
    if (!node) return;
    this.state.nodes.set(nodeId, { ...node, models, features });
    const fetchable = this.fetchableBy(node);
    for (const [slotId, { offered }] of node.slots)
      if (offered) this.state.tell({ type: 'slot-changed', slotId, models, fetchable, features });
  }

  /** The models that nodes can fetch have changed. */
  reviewFetchable(): void {
    for (const node of [...this.state.nodes.values()]) if (node.fetches) this.change(node.id, node);
  }

  /** What operators decided of a node, or a reading of it, has changed: tells the policy what is new of its slots. */
  reviewTerms(nodeId: string): void {
    for (const [slotId, slot] of this.state.nodes.get(nodeId)?.slots ?? []) {
      if (!slot.offered) continue;
      const { held: heldBefore, ...before } = slot.terms ?? { held: null };
      const terms = this.state.surroundings.slotTerms?.(nodeId, slotIdOf(slotId));
      if (!terms) return;
      slot.terms = terms;
      const { held, ...abilities } = terms;
      if (JSON.stringify(abilities) !== JSON.stringify(before))
        this.state.tell({ type: 'slot-changed', slotId, ...abilities });
      if (held !== heldBefore) this.state.tell({ type: 'slot-held', slotId, rule: held });
    }
  }

  /**
   * Starts nothing more on the node: what waits there goes back to the queue. What runs is finished, or given back as
   * soon as its engine has ended the step that it is at.
   */
  drain(nodeId: string, how: 'finish' | 'now' = 'finish'): void {
    const node = this.state.nodes.get(nodeId);
    if (!node) {
      this.state.leaving.add(nodeId);
      return this.state.finishDraining(nodeId);
    }
    node.draining = true;
    this.sendDrain(nodeId, how === 'now' ? DrainMode.DRAIN_MODE_NOW : DrainMode.DRAIN_MODE_FINISH);
    this.empty(node, 'Its node is draining.');
  }

  /** Gives the node nothing until it is admitted. What runs is finished; what waits there goes back to the queue. */
  hold(nodeId: string): void {
    const node = this.state.nodes.get(nodeId);
    if (!node) return;
    node.held = true;
    this.empty(node, 'Its node is tested first.');
  }

  /** The node may have work again. */
  admit(nodeId: string): void {
    const node = this.state.nodes.get(nodeId);
    if (!node) return;
    node.held = false;
    for (const [slotKey, slot] of node.slots) this.offerOrWithdraw(node, slotKey, slot);
  }

  isHeld(nodeId: string): boolean {
    return this.state.nodes.get(nodeId)?.held ?? false;
  }

  undrain(nodeId: string): void {
    this.state.leaving.delete(nodeId);
    const node = this.state.nodes.get(nodeId);
    if (!node) return;
    node.draining = false;
    this.sendDrain(nodeId, DrainMode.DRAIN_MODE_UNSPECIFIED);
    for (const [slotKey, slot] of node.slots) this.offerOrWithdraw(node, slotKey, slot);
  }

  private empty(node: ActiveNode, reason: string): void {
    for (const [slotKey, slot] of node.slots) this.offerOrWithdraw(node, slotKey, slot);
    for (const attempt of this.state.attempts.ofNode(node.id)) {
      if (attempt.phase !== 'leased') continue;
      this.state.letGo(attempt, reason);
      this.state.takeBack(attempt, reason);
    }
    this.state.finishDraining(node.id);
  }

  private sendDrain(nodeId: string, mode: agentProto.DrainMode): void {
    this.state.send(nodeId, { $case: 'drain', value: { mode } });
  }

  private offerOrWithdraw(node: ActiveNode, slotKey: string, slot: ActiveSlot): void {
    if (!slot.serving || node.draining || node.held) return this.withdraw(slotKey, slot);
    if (slot.offered) return;
    slot.offered = true;
    const { id: nodeId, models, features } = node;
    const open = this.openAttempts(nodeId, slotKey);
    slot.resident ??= this.residencyOf(open.at(-1));
    slot.terms = this.state.surroundings.slotTerms?.(nodeId, slotIdOf(slotKey));
    this.state.tell({
      type: 'slot-added',
      slotId: slotKey,
      nodeId,
      occupied: new Set(open.map(({ assignment }) => assignment)).size,
      ...(slot.resident === undefined ? {} : { resident: slot.resident }),
      models,
      fetchable: this.fetchableBy(node),
      features,
      maxGroup: maximumGroup,
      slotType: node.slotTypes?.get(slotIdOf(slotKey)) ?? slotKey,
      ...slot.terms,
      ...setsOf(slot),
    });
  }

  private fetchableBy({ fetches }: ActiveNode): ReadonlySet<string> {
    return (fetches && this.state.surroundings.fetchable?.()) || new Set();
  }

  /** What is loaded beside what is at work, and what lies in the node's memory, decides what is begun soonest. */
  private noteHeld(slotKey: string, slot: ActiveSlot, { loadedKeys, memoryKeys }: agentProto.SlotStatus): void {
    const held = { inVram: loadedKeys, inRam: memoryKeys };
    if (JSON.stringify(held) === JSON.stringify(slot.held)) return;
    slot.held = held;
    if (slot.offered) this.state.tell({ type: 'slot-changed', slotId: slotKey, ...setsOf(slot) });
  }

  private withdraw(slotKey: string, slot: ActiveSlot): void {
    if (!slot.offered) return;
    slot.offered = false;
    this.state.tell({ type: 'slot-removed', slotId: slotKey });
  }

  /** Attempts that hold places of a slot from before. */
  private openAttempts(nodeId: string, slotKey: string): Attempt[] {
    const attempts = this.state.attempts.ofNode(nodeId);
    return attempts.filter(({ id, assignment }) => assignment.slotKey === slotKey && assignment.open.has(id));
  }

  private residencyOf(attempt: Attempt | undefined): string | undefined {
    const job = attempt && this.state.jobs.get(attempt.jobId);
    return job?.expansion.classes[attempt!.classId]!.residencyKey;
  }

  /** What was revoked and is not listed any more was let go of. */
  private forgetLetGo(nodeId: string, slotKey: string, attemptIds: readonly string[]): void {
    for (const attempt of this.state.attempts.ofNode(nodeId))
      if (attempt.phase === 'letting-go' && attempt.assignment.slotKey === slotKey && !attemptIds.includes(attempt.id))
        this.state.forget(attempt);
  }
}

const setsOf = ({ held: { inVram, inRam } }: ActiveSlot) => ({ inVram: new Set(inVram), inRam: new Set(inRam) });
