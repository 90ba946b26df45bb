import { InputError } from '../errors.js';
import { combine, type Term } from '../tensor/vector.js';
import { LogSnrSampler } from './log-snr.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';

/** Below this number of steps the last ones are taken with lower order, which is steadier. */
const FEW_STEPS = 15;

/**
 * DEIS, the log-rho Adams-Bashforth form: Zhang and Chen 2022, arXiv:2204.13902. The noise prediction is
 * extrapolated by a polynomial in log(rho), rho = sigma / alpha, and integrated over rho.
 */
export class DeisSampler extends LogSnrSampler {
  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    super(config, steps, options);
    if (![1, 2, 3].includes(config.solver_order ?? 2)) {
      throw new InputError(`DEIS cannot solve with order ${config.solver_order}; allowed are 1, 2 and 3.`);
    }
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number): StepResult {
    const { solver_order: highest = 2 } = this.config;
    this.remember(this.noise(modelOutput, sample, callIndex), highest);
    const order = this.stepOrder(callIndex);
    const [from, to] = [this.point(callIndex), this.point(callIndex + 1)];
    const rho = (index: number) => this.sigmas[index]!;
    const nodes = Array.from({ length: order }, (_, age) => Math.log(rho(callIndex - age)));
    const terms = nodes.map((_, age): Term => {
      const integral = integrateLagrange(nodes, age, rho(callIndex), rho(callIndex + 1));
      return [to.alpha * integral, this.history[age]!];
    });
    return { prevSample: combine([to.alpha / from.alpha, sample], ...terms) };
  }

  /** The walk always ends at the lowest noise level: log(rho) has no end at none. */
  protected override finalSigma(lowest: number): number {
    return lowest;
  }

  private stepOrder(callIndex: number): number {
    const left = this.timesteps.length - callIndex;
    const lowersFinal = (this.config.lower_order_final ?? true) && this.timesteps.length < FEW_STEPS;
    const order = this.history.length;
    return lowersFinal ? Math.min(order, left) : order;
  }
}

/**
 * Integral of a Lagrange polynomial in log(rho) over rho: the polynomial is 1 at the node of that age and 0 at the other
 * nodes, of which there are at most two.
 */
function integrateLagrange(nodes: readonly number[], age: number, from: number, to: number): number {
  const others = nodes.filter((_, i) => i !== age);
  const scale = others.reduce((product, other) => product * (nodes[age]! - other), 1);
  const antiderivative = (rho: number) => {
    const log = Math.log(rho);
    const [b, c] = others;
    if (b === undefined) return rho;
    if (c === undefined) return rho * (log - b - 1);
    return rho * (log ** 2 - (2 + b + c) * log + b * c + b + c + 2);
  };
  return (antiderivative(to) - antiderivative(from)) / scale;
}
