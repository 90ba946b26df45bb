import { describe, expect, it } from 'vitest';
import { node, slot } from '../../tests/views.js';
import { byChassis, filterNodes, wattsOf } from './by-chassis.js';

const at = (name: string, chassis: string | null, bay: number | null) => node({ id: name, name, chassis, bay });

describe('the rack', () => {
  it('has four bays a chassis, empty ones too, in the order of names', () => {
    const { chassis, others } = byChassis([
      at('c', 'rack-10', 1),
      at('a', 'rack-2', 4),
      at('b', 'rack-2', 2),
      at('d', null, null),
    ]);
    expect(chassis.map(({ name, bays }) => [name, bays.map((bay) => bay?.name ?? null)])).toEqual([
      ['rack-2', [null, 'b', null, 'a']],
      ['rack-10', ['c', null, null, null]],
    ]);
    expect(others.map(({ name }) => name)).toEqual(['d']);
  });

  it('hides nobody who claims a bay that is taken', () =>
    expect(byChassis([at('a', 'x', 1), at('b', 'x', 1)]).others.map(({ name }) => name)).toEqual(['b']));
});

it('finds nodes by words and state', () => {
  const nodes = [
    at('anvil', 'x', 1),
    node({ id: 'b', name: 'bellows', state: 'offline', slots: [slot({ checkpoint: 'postcard' })] }),
  ];
  expect(filterNodes(nodes, {})).toBe(nodes);
  expect(filterNodes(nodes, { q: 'POST' }).map(({ name }) => name)).toEqual(['bellows']);
  expect(filterNodes(nodes, { state: 'ready' }).map(({ name }) => name)).toEqual(['anvil']);
});

it('adds up watts, and knows none where nobody tells them', () => {
  expect(wattsOf([node({ slots: [slot({ powerWatts: 100 }), slot({ powerWatts: null })] })])).toBe(100);
  expect(wattsOf([node({ slots: [slot()] })])).toBeNull();
});
