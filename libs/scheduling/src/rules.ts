/** Every rule that may hold work back. There are no others: what waits, waits for one of these. */

interface Rule {
  when: string;
  /** The longest that the rule itself holds work; null: until somebody changes what the sentence names. */
  maximumHoldSeconds: number | null;
}

export const holdRules = {
  'farm-paused': { when: 'The farm is paused.', maximumHoldSeconds: null },
  paused: { when: 'The job is paused.', maximumHoldSeconds: null },
  dependency: { when: 'The job begins when others are completed.', maximumHoldSeconds: null },
  'no-slot': { when: 'No slot serves.', maximumHoldSeconds: null },
  'missing-feature': { when: 'No slot has an engine with a feature that the work needs.', maximumHoldSeconds: null },
  'missing-model': {
    when: 'No node with such an engine has every model that the work needs, or can fetch it.',
    maximumHoldSeconds: null,
  },
  requirements: { when: 'No slot has the tags or the type that the job asks for.', maximumHoldSeconds: null },
  'too-little-memory': { when: 'No slot has the memory that one picture takes.', maximumHoldSeconds: null },
  suspended: { when: 'Tasks with the same models failed alike on several nodes.', maximumHoldSeconds: 600 },
  budget: { when: 'The project or the user has used up its budget.', maximumHoldSeconds: null },
  quota: { when: 'The project or the user has as many slots as it may have at a time.', maximumHoldSeconds: null },
  'node-paused': { when: 'An operator paused the node.', maximumHoldSeconds: null },
  temperature: { when: 'The device is hotter than it may be when a run begins.', maximumHoldSeconds: null },
  hours: { when: 'The node serves at other hours.', maximumHoldSeconds: null },
  'power-budget': { when: 'The watt budget of the enclosure is used up by its other slots.', maximumHoldSeconds: null },
  'failed-there': { when: 'The tasks failed on the nodes that could run them.', maximumHoldSeconds: 60 },
  'interactive-share': {
    when: 'Pictures that somebody waits for have half of the slots, or have had half of the time, already.',
    maximumHoldSeconds: 1800,
  },
  priority: { when: 'Work of higher priority comes first; what waits ages.', maximumHoldSeconds: 7200 },
  'fair-share': { when: 'Others have had less of the farm than their share.', maximumHoldSeconds: 1800 },
  affinity: { when: 'Slots stay on the checkpoint that they have loaded.', maximumHoldSeconds: 1800 },
  tail: {
    when: 'Slots that are at it finish the rest sooner than another could begin.',
    maximumHoldSeconds: 1800,
  },
  'behind-others': { when: 'All slots are busy with work that comes first.', maximumHoldSeconds: null },
  'no-work': { when: 'Nothing waits that the slot could run.', maximumHoldSeconds: null },
} as const satisfies Record<string, Rule>;

export type HoldRule = keyof typeof holdRules;

/** Rules that hold a slot whatever waits for it. */
export type SlotHoldRule = 'node-paused' | 'temperature' | 'hours';

/** Milliseconds for which returned tasks avoid the nodes on which they failed. */
export const avoidHoldMs = holdRules['failed-there'].maximumHoldSeconds * 1000;

/** What waits gains one point of priority in so many milliseconds: low reaches normal in an hour. */
export const ageingMsPerPoint = 36_000;

/** Points of priority that are ahead enough to come first whatever slots have loaded: half an hour of ageing. */
export const decisivePoints = 50;

/** Share of the slots that interactive work may have while batches wait. */
export const interactiveShare = 0.5;

/** Seconds for which a slot serves interactive work while batches wait; then it serves those for as long. */
export const interactiveTurnSeconds = 60;
