/** Enclosures as REST tells them: those that a node stands in, or that have a budget. */
import { AtelierError, type ChassisChange, type ChassisView } from '@atelier/contracts';
import type { NodeDirectory } from '../nodes/directory.js';
import type { Decisions } from './decisions.js';
import type { SlotTermsReader } from './slot-terms.js';

export class ChassisViews {
  constructor(
    private readonly directory: NodeDirectory,
    private readonly decisions: Decisions,
    private readonly terms: SlotTermsReader,
  ) {}

  /** By name. */
  list(): ChassisView[] {
    const ids = this.directory.all.map(({ row }) => this.terms.chassisOf(row.id)).filter((id) => id !== null);
    return [...new Set([...ids, ...this.decisions.chassis])].sort().map((id) => this.of(id));
  }

  /** Throws `not_found`. */
  get(id: string): ChassisView {
    const found = this.list().find((chassis) => chassis.id === id);
    if (!found) throw new AtelierError('not_found', `No node stands in a chassis ${id}.`);
    return found;
  }

  /** Throws `not_found`. */
  async change(id: string, change: ChassisChange): Promise<ChassisView> {
    this.get(id);
    await this.decisions.changeChassis(id, change);
    return this.of(id);
  }

  private of(id: string): ChassisView {
    const nodes = this.directory.all
      .filter(({ row }) => this.terms.chassisOf(row.id) === id)
      .map(({ row, inventory }) => ({
        id: row.id,
        name: row.name,
        bay: inventory?.bay || null,
        watts: this.terms.wattsOf(row.id),
      }));
    return { id, nodes, wattBudget: this.decisions.budgetOf(id) };
  }
}
