/** A node's limits as a person types them. Pure. */
import type { NodeChange, NodeLimits } from '@atelier/contracts/rest';

export type LimitTexts = Record<'tags' | 'chassis' | 'watts' | 'celsius' | 'hours', string>;

export const textsOf = ({ tags, chassis, watts, maximumCelsius, hours }: NodeLimits): LimitTexts => ({
  tags: tags.join(' '),
  chassis: chassis ?? '',
  watts: String(watts ?? ''),
  celsius: String(maximumCelsius ?? ''),
  hours: hours ?? '',
});

const word = (typed: string) => typed.trim() || null;
const number = (typed: string) => (typed.trim() === '' ? null : Number(typed));

const limitOf: Record<keyof LimitTexts, (typed: string) => NodeChange> = {
  tags: (typed) => ({ tags: typed.split(/[\s,]+/).filter(Boolean) }),
  chassis: (typed) => ({ chassis: word(typed) }),
  watts: (typed) => ({ watts: number(typed) }),
  celsius: (typed) => ({ maximumCelsius: number(typed) }),
  hours: (typed) => ({ hours: word(typed) }),
};

/** The limits that were typed differently from `before`; an empty field is none. The scheduler judges them. */
export function limitsIn(typed: LimitTexts, before: LimitTexts): NodeChange {
  const fields = Object.keys(limitOf) as (keyof LimitTexts)[];
  const changes = fields.filter((field) => typed[field] !== before[field]).map((field) => limitOf[field](typed[field]));
  return Object.assign({}, ...changes) as NodeChange;
}
