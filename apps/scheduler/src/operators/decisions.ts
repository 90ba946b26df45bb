/** What operators have decided of the farm, its nodes and its enclosures: kept in the database, told to whom it concerns. */
import { ChassisChange, NodeLimits, type NodeChange } from '@atelier/contracts';
import type { Settings } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import { z } from 'zod';

const Farm = z.object({ paused: z.boolean() });
const Chassis = z.object(ChassisChange.shape);

const unlimited: NodeLimits = {
  paused: false,
  tags: [],
  chassis: null,
  watts: null,
  maximumCelsius: null,
  hours: null,
};

/** A subject whose decision has changed: all of them after a start. */
export type Subject =
  { farm: { paused: boolean } } | { nodeId: string } | { chassis: string; wattBudget: number | null };

export class Decisions {
  private paused = false;
  private readonly nodes = new Map<string, NodeLimits>();
  private readonly budgets = new Map<string, number>();

  constructor(
    private readonly store: Settings,
    private readonly logger: Logger,
    private readonly onChange: (subject: Subject) => void,
  ) {}

  async load(): Promise<void> {
    for (const [subject, value] of await this.store.all()) {
      try {
        this.take(subject, value);
      } catch (error) {
        this.logger.warn({ err: error, subject }, 'What was decided of a subject cannot be read; it is left out.');
      }
    }
  }

  get farmPaused(): boolean {
    return this.paused;
  }

  async pauseFarm(paused: boolean): Promise<void> {
    await this.store.set('farm', { paused });
    this.take('farm', { paused });
  }

  ofNode(nodeId: string): NodeLimits {
    return this.nodes.get(nodeId) ?? unlimited;
  }

  async changeNode(nodeId: string, change: NodeChange): Promise<void> {
    const limits = { ...this.ofNode(nodeId), ...change };
    await this.store.set(`node/${nodeId}`, limits);
    this.take(`node/${nodeId}`, limits);
  }

  /** Enclosures that have a budget. */
  get chassis(): string[] {
    return [...this.budgets.keys()];
  }

  budgetOf(chassis: string): number | null {
    return this.budgets.get(chassis) ?? null;
  }

  async changeChassis(chassis: string, { wattBudget }: ChassisChange): Promise<void> {
    await this.store.set(`chassis/${chassis}`, { wattBudget });
    this.take(`chassis/${chassis}`, { wattBudget });
  }

  private take(subject: string, value: unknown): void {
    const [, kind, name = ''] = /^(\w+)(?:\/(.*))?$/s.exec(subject) ?? [];
    switch (kind) {
      case 'farm':
        this.paused = Farm.parse(value).paused;
        return this.onChange({ farm: { paused: this.paused } });
      case 'node':
        this.nodes.set(name, { ...unlimited, ...NodeLimits.partial().parse(value) } as NodeLimits);
        return this.onChange({ nodeId: name });
      case 'chassis': {
        const { wattBudget } = Chassis.parse(value);
        if (wattBudget === null) this.budgets.delete(name);
        else this.budgets.set(name, wattBudget);
        return this.onChange({ chassis: name, wattBudget });
      }
    }
  }
}
