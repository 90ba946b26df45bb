import { expect, test } from 'vitest';
import { agentMetrics } from './agent-metrics.js';
import { createRegistry } from './registry.js';
import { schedulerMetrics } from './scheduler-metrics.js';

/** Prometheus' conventions: base units, and `_total` for counters. */
const units = /_(seconds|bytes|celsius|watts|watt_hours_total|ratio|total|tasks|files|pending|running|nodes)$/;

test.each([
  ['scheduler', schedulerMetrics],
  ['agent', agentMetrics],
])('the metrics of the %s keep to the conventions', async (_, register) => {
  const registry = createRegistry();
  register(registry);
  const own = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith('atelier_'));
  expect(own.length).toBeGreaterThan(5);
  for (const { name, help, type } of own) {
    expect(name).toMatch(units);
    expect(String(type) === 'counter', name).toBe(name.endsWith('_total'));
    expect(help).toMatch(/\.$/);
  }
});

test('a registry has the metrics of its process', async () => {
  expect(await createRegistry().metrics()).toMatch(/process_cpu_seconds_total/);
});
