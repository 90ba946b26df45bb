/** What operators decide of nodes, enclosures and the farm. */
import { z } from 'zod';

const tag = z.string().regex(/^[\w.-]{1,40}$/, 'a tag has 1 to 40 letters, digits, dots, dashes or underscores');
const hours = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'hours are from-to, such as 20:00-07:30');

export const NodeLimits = z.object({
  paused: z.boolean().describe('begins nothing new; what runs goes on, what is loaded stays loaded'),
  tags: z.array(tag).max(40).describe('words that a batch may ask for in `requires.tags`'),
  chassis: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .nullable()
    .describe('the enclosure that it stands in; null: as its agent says'),
  watts: z.number().positive().nullable().describe('most that it draws; null: 750'),
  maximumCelsius: z
    .number()
    .positive()
    .nullable()
    .describe('a slot that is hotter begins nothing until it has cooled down'),
  hours: hours.nullable().describe("from-to, by the scheduler's clock: begins nothing at other hours"),
});
export type NodeLimits = z.infer<typeof NodeLimits>;

/** A change of some of a node's limits. */
export const NodeChange = z.strictObject(NodeLimits.shape).partial();
export type NodeChange = z.infer<typeof NodeChange>;

/** An enclosure with the nodes that stand in it. */
export const ChassisView = z.object({
  id: z.string(),
  nodes: z.array(z.object({ id: z.string(), name: z.string(), bay: z.int().nullable(), watts: z.number() })),
  wattBudget: z.number().nullable().describe('most that its working nodes may draw together; null: no budget'),
});
export type ChassisView = z.infer<typeof ChassisView>;

export const ChassisChange = z.strictObject({ wattBudget: z.number().positive().nullable() });
export type ChassisChange = z.infer<typeof ChassisChange>;
