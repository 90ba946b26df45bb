import type { Raster } from '../../image/raster.js';
import { toUnitTensor } from '../../image/tensor.js';
import { controlScales } from '../../networks/controlnet.js';
import type { Outputs, Values } from '../../runtime/session.js';
import { combine } from '../../tensor/vector.js';
import type { ControlNet } from '../control-network.js';
import type { Influence, Step } from '../influence.js';
import { joined } from '../noise.js';
import type { RunContext } from '../run.js';
import { isFollowed, type Span } from './span-of-steps.js';

/** A ControlNet with the picture that it makes others follow. */
export interface Control extends Span {
  network: ControlNet;
  /** Of the size that is drawn. */
  picture: Raster;
  scale: number;
  /** Sees the picture without the prompt's help: the finer residuals count less, and only what has a prompt follows. */
  guess: boolean;
}

/** Lets pictures follow others by what ControlNets add to the U-Net: Zhang et al. 2023, arXiv:2302.05543. */
export function controlNets(controls: readonly Control[]): Influence {
  return {
    takes: 'residuals',
    async prepare(context) {
      const shown = controls.map(({ picture }) => pictureOf(picture));
      return {
        inputs: async (step) => {
          let sum: Outputs | undefined;
          for (const [k, control] of controls.entries()) {
            const own = await residualsOf(control, shown[k]!, step, context, k);
            sum = sum && own ? added(sum, own) : (sum ?? own);
          }
          sum ??= nothing(controls[0]!.network);
          traceSum(sum, step, context);
          return sum;
        },
      };
    },
  };
}

/** What one ControlNet adds in a step, of all rows of the U-Net; undefined where it is not followed. */
async function residualsOf(
  control: Control,
  picture: Values,
  step: Step,
  { shape, pictures, guided, text, calls, trace }: RunContext,
  k: number,
): Promise<Outputs | undefined> {
  const { network, scale, guess } = control;
  const promptsOnly = guess || network.config.pooled;
  // The latter half of the rows has the prompts.
  const half = guided && promptsOnly;
  const rows = guided && !half ? 2 * pictures : pictures;
  const part = ({ data, shape: [, ...row], constant }: Values): Values =>
    half ? { data: data.subarray(data.length / 2), shape: [rows, ...row] } : { data, shape: [rows, ...row], constant };
  const sample = guided && !half ? joined([step.sample, step.sample]) : step.sample;
  const context = part(text.context);
  if (step.n === 0) {
    trace?.(`controlnet${k}.0.sample`, sample);
    trace?.(`controlnet${k}.0.controlnet_cond`, joined(new Array<Float32Array>(rows).fill(picture.data)));
    trace?.(`controlnet${k}.0.encoder_hidden_states`, context.data);
  }
  if (!isFollowed(control, step, calls)) return undefined;

  const scales = controlScales(network.config, scale, promptsOnly);
  const session = await network.load();
  const residuals = await session.run({
    sample: { data: sample, shape: [rows, ...shape] },
    time: step.time,
    ...{ context, picture },
    ...(text.added && { added: part(text.added) }),
    scales: { data: scales, shape: [scales.length] },
  });
  if (step.n === 0) for (const [name, { data }] of Object.entries(residuals)) trace?.(`controlnet${k}.0.${name}`, data);
  return half ? behindZeros(residuals) : residuals;
}

/** Residuals of what has prompts, with zeros for what has none before them. */
function behindZeros(residuals: Outputs): Outputs {
  return mapOutputs(residuals, ({ data, shape: [rows, ...row] }) => ({
    data: joined([new Float32Array(data.length), data]),
    shape: [2 * rows!, ...row],
  }));
}

function added(sum: Outputs, other: Outputs): Outputs {
  return mapOutputs(sum, ({ data, shape }, name) => ({ data: combine([1, data], [1, other[name]!.data]), shape }));
}

/** What is added where no ControlNet is followed: it spreads to every shape. */
function nothing({ config }: ControlNet): Outputs {
  const zero = { data: new Float32Array(1), shape: [1, 1, 1, 1] };
  const count = controlScales(config, 1, false).length - 1;
  return { ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`down.${i}`, zero])), mid: zero };
}

function mapOutputs(outputs: Outputs, change: (values: Values, name: string) => Values): Outputs {
  return Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, change(values, name)]));
}

/** What a ControlNet is shown, [1, 3, height, width]. */
function pictureOf(picture: Raster): Values {
  return { data: toUnitTensor(picture), shape: [1, 3, picture.height, picture.width], constant: true };
}

function traceSum(sum: Outputs, { n }: Step, { trace }: RunContext): void {
  for (const [name, { data }] of Object.entries(sum)) {
    const stage = name.replace('down.', 'down_block_additional_residuals.');
    trace?.(`unet.${n}.${stage === 'mid' ? 'mid_block_additional_residual' : stage}`, data);
  }
}
