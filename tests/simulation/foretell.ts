/** How well the ends of jobs are foretold by what the farm has learned from its own pictures. */
import { createPolicy, Predictor } from '@atelier/scheduling';
import { Random } from './farm/random.js';
import type { Scenario } from './farm/scenario.js';
import { simulate } from './farm/simulate.js';
import { classOf, costsOf, slotsOf } from './workloads.js';

/** Pictures of a job after which it is asked when it ends. */
const after = 20;

/**
 * Runs jobs of three users on a farm that knows no costs beforehand; the mean of |foretold - true| / true of the rest of
 * each job.
 * @param gapSeconds between two jobs: 90 s is about what one takes
 */
export function foretell(gapSeconds: number): { jobs: number; error: number } {
  const random = new Random(29);
  const jobs = Array.from({ length: 30 }, (_, n) => ({
    id: `job-${n}`,
    at: n * gapSeconds,
    user: `user-${n % 3}`,
    classes: [classOf(n % 6, 80 + Math.floor(400 * random.next()))],
  }));
  const scenario: Scenario = { slots: slotsOf(12), jobs, costs: costsOf(6), noise: 0.05, tellCosts: false, seed: 31 };
  const policy = createPolicy({ prefetch: true });
  const predictor = new Predictor();
  const foretold = new Map<string, { at: number; seconds: number }>();
  const outcome = simulate(scenario, policy, {
    onRun: ({ costKey, slotType, residencyKey, count, runSeconds, loadSeconds }) => {
      const kind = { costKey, residencyKey, work: 1 };
      predictor.learn({ ...kind, slotType, size: count, runSeconds, loadSeconds, uploadSeconds: 0 });
      return [{ type: 'cost', costKey, slotType, cost: predictor.predict(kind, slotType).cost }];
    },
    onTooLarge: ({ costKey, residencyKey, slotType, count }) =>
      predictor.tooLarge({ costKey, residencyKey, work: 1 }, slotType, count, 0),
    onEvent: (at, { jobs: states }) => {
      for (const [id, { done }] of states) {
        if (done < after || foretold.has(id)) continue;
        const forecast = policy.forecast(id);
        if (forecast) foretold.set(id, { at, seconds: forecast.seconds });
      }
    },
  });
  const errors = [...foretold].map(([id, { at, seconds }]) => {
    const left = outcome.jobs.get(id)!.end - at;
    return left > 0 ? Math.abs(seconds - left) / left : 0;
  });
  return { jobs: errors.length, error: errors.reduce((sum, error) => sum + error, 0) / errors.length };
}
