/** Every rule that may hold work back. There are no others: what waits, waits for one of these. */

interface Rule {
  when: string;
  /** The longest that the rule itself holds work; null: until somebody changes what the sentence names. */
  maximumHoldSeconds: number | null;
}

export const holdRules = {
  paused: { when: 'The job is paused.', maximumHoldSeconds: null },
  suspended: {
    when: 'Tasks with the same models failed alike on several nodes.',
    maximumHoldSeconds: 600,
  },
  'no-slot': { when: 'No slot serves.', maximumHoldSeconds: null },
  'missing-feature': { when: 'No slot has an engine with a feature that the work needs.', maximumHoldSeconds: null },
  'missing-model': {
    when: 'No node with such an engine has every model that the work needs.',
    maximumHoldSeconds: null,
  },
  'failed-there': { when: 'The tasks failed on the nodes that could run them.', maximumHoldSeconds: 60 },
  affinity: { when: 'Slots stay on the checkpoint that they have loaded.', maximumHoldSeconds: 30 },
  'behind-others': { when: 'All slots are busy with work that comes first.', maximumHoldSeconds: null },
} as const satisfies Record<string, Rule>;

export type HoldRule = keyof typeof holdRules;

/** Milliseconds after which a suspended residency key is tried again. */
export const suspendedHoldMs = holdRules.suspended.maximumHoldSeconds * 1000;

/** Milliseconds for which a slot may stay on its checkpoint while other work of the same priority waits. */
export const affinityHoldMs = holdRules.affinity.maximumHoldSeconds * 1000;

/** Milliseconds for which returned tasks avoid the nodes on which they failed. */
export const avoidHoldMs = holdRules['failed-there'].maximumHoldSeconds * 1000;
