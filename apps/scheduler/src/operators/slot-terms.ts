/** What the policy is told of a slot beside what its engine can do: from its hardware and from what operators decided. */
import type { SlotHoldRule } from '@atelier/scheduling';
import type { SlotTerms } from '../dispatch/types.js';
import { slotKeyOf } from '../dispatch/types.js';
import type { NodeDirectory } from '../nodes/directory.js';
import type { Decisions } from './decisions.js';
import { holdOf } from './hold.js';

/** Peak of a node of which nothing else is known. */
export const unknownWatts = 750;

export class SlotTermsReader {
  private readonly held = new Map<string, SlotHoldRule | null>();

  constructor(
    private readonly directory: NodeDirectory,
    private readonly decisions: Decisions,
  ) {}

  of(nodeId: string, slotId: string): SlotTerms {
    const node = this.directory.find(nodeId);
    const limits = this.decisions.ofNode(nodeId);
    const devices = node?.inventory?.devices ?? [];
    const device = devices.find((other) => other.slotId === slotId);
    const key = slotKeyOf(nodeId, slotId);
    const celsius = node?.readings.get(slotId)?.temperatureCelsius;
    const held = holdOf(limits, this.held.get(key) ?? null, celsius, new Date());
    this.held.set(key, held);
    return {
      tags: limits.tags,
      device: device?.name ?? '',
      vramBytes: device?.memoryBytes || Infinity,
      watts: this.wattsOf(nodeId) / Math.max(1, devices.length),
      chassis: this.chassisOf(nodeId) ?? '',
      held,
    };
  }

  /** Most watts that a node draws. */
  wattsOf(nodeId: string): number {
    return this.decisions.ofNode(nodeId).watts ?? unknownWatts;
  }

  /** The enclosure of a node: as decided, else as its agent says. */
  chassisOf(nodeId: string): string | null {
    const inventory = this.directory.find(nodeId)?.inventory;
    return (this.decisions.ofNode(nodeId).chassis ?? inventory?.chassis) || null;
  }
}
