import { sinusoids } from '../networks/sinusoids.js';
import type { UnetConfig } from '../networks/unet-config.js';
import type { Unet2dConfig } from '../networks/unet2d-config.js';
import type { Inputs, Values } from '../runtime/session.js';
import type { GoldenTensors } from './tensors.js';

/** Names of the tensors with a prefix, without it. */
export function inspected(golden: GoldenTensors, prefix: string): string[] {
  return golden.names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

export function floats(data: Float32Array, shape: readonly number[]): Values {
  return { data, shape };
}

export function stored(golden: GoldenTensors, name: string): Values {
  return floats(golden.float32(name), golden.shape(name));
}

export function integers(golden: GoldenTensors, name: string): Values<BigInt64Array> {
  return { data: BigInt64Array.from(golden.values(name) as number[], BigInt), shape: golden.shape(name) };
}

/** Puts the rows of b, as many as a has or a multiple of it, behind those of a. */
function joinRows(a: Values, b: Values): Values {
  const [rows, width] = a.shape as [number, number];
  const rest = b.data.length / rows;
  const joined = new Float32Array(rows * (width + rest));
  for (let row = 0; row < rows; row++) {
    joined.set(a.data.subarray(row * width, (row + 1) * width), row * (width + rest));
    joined.set(b.data.subarray(row * rest, (row + 1) * rest), row * (width + rest) + width);
  }
  return floats(joined, [rows, width + rest]);
}

/** The timestep of a case as a network is told it, for each of its samples. */
export function timeOf({ time }: Pick<UnetConfig, 'time'> | Pick<Unet2dConfig, 'time'>, golden: GoldenTensors): Values {
  const { channels, cosineFirst, frequencyShift } = time;
  const timesteps = new Array<number>(golden.shape('in.sample')[0]!).fill(golden.values('in.timestep')[0]!);
  return floats(sinusoids(timesteps, channels, { cosineFirst, frequencyShift }), [timesteps.length, channels]);
}

/** What a U-Net or ControlNet of a case is given. */
export function unetInputs(config: UnetConfig, golden: GoldenTensors): Record<string, Inputs[string]> {
  const { cosineFirst, frequencyShift } = config.time;
  const waves = (values: ArrayLike<number>, width: number) =>
    floats(sinusoids(values, width, { cosineFirst, frequencyShift }), [values.length, width]);
  const inputs: Record<string, Inputs[string]> = {
    sample: stored(golden, 'in.sample'),
    context: stored(golden, 'in.encoder_hidden_states'),
    time: timeOf(config, golden),
  };
  if (golden.has('in.timestep_cond')) inputs.condition = stored(golden, 'in.timestep_cond');
  if (golden.has('in.class_labels')) inputs.class = integers(golden, 'in.class_labels');
  if (golden.has('in.added.time_ids') && config.added) {
    const sizes = waves(golden.values('in.added.time_ids'), config.added.timeChannels);
    inputs.added = joinRows(stored(golden, 'in.added.text_embeds'), sizes);
  }
  return inputs;
}
