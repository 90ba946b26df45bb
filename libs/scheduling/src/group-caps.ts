/** What was learned about memory: how many tasks of a cost fit into one run on a type of slot. */
export class GroupCaps {
  private readonly byTypeAndCost = new Map<string, number>();

  /** The most that is known to fit; Infinity while nothing ever failed to. */
  of(slotType: string, costKey: string): number {
    return this.byTypeAndCost.get(keyOf(slotType, costKey)) ?? Infinity;
  }

  /** A larger group than `cap` did not fit. */
  lower(slotType: string, costKey: string, cap: number): void {
    this.byTypeAndCost.set(keyOf(slotType, costKey), Math.min(cap, this.of(slotType, costKey)));
  }
}

const keyOf = (slotType: string, costKey: string) => `${slotType}\n${costKey}`;
