/** Which faults come in which order: each kind at least once, if there are enough, else by weight. */
import type { Random } from '../random.js';
import { cancelWithZombie } from './cancel.js';
import { fullDisk } from './disk.js';
import type { Fault } from './fault.js';
import { freezeAgent, freezeEngine, freezeScheduler } from './freeze.js';
import { killAgent, killEngine, killScheduler } from './kill.js';
import { cutNetwork, slowNetwork } from './network.js';

export const faults: readonly Fault[] = [
  killAgent,
  killEngine,
  killScheduler,
  freezeAgent,
  cancelWithZombie,
  fullDisk,
  cutNetwork,
  slowNetwork,
  freezeEngine,
  freezeScheduler,
];

/** `count` faults out of those that this machine allows. */
export function planFaults(count: number, random: Random): Fault[] {
  const possible = faults.filter(({ impossible }) => !impossible?.());
  const weights = possible.reduce((sum, { weight }) => sum + weight, 0);
  const plan = possible.slice(0, count);
  while (plan.length < count) {
    let at = random.next() * weights;
    plan.push(possible.find(({ weight }) => (at -= weight) < 0) ?? possible[0]!);
  }
  return random.shuffle(plan);
}
