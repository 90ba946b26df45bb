import { toGray, channelsOf, type Raster } from '../../image/raster.js';
import { toUnitTensor } from '../../image/tensor.js';
import type { Outputs, Values } from '../../runtime/session.js';
import { combine } from '../../tensor/vector.js';
import type { Adapter } from '../control-network.js';
import type { Influence } from '../influence.js';
import type { RunContext } from '../run.js';
import { isFollowed, type Span } from './span-of-steps.js';

/** A T2I-Adapter with the picture that it makes others follow. */
export interface Adaptation extends Span {
  network: Adapter;
  /** Of the size that is drawn. */
  picture: Raster;
  scale: number;
}

/** What adds nothing, whatever it is added to. */
const NOTHING: Values = { data: new Float32Array(1), shape: [1, 1, 1, 1] };

/** Lets pictures follow others by what T2I-Adapters add on the U-Net's way down: Mou et al. 2023, arXiv:2302.08453. */
export function adapters(adaptations: readonly Adaptation[]): Influence {
  return {
    takes: 'features',
    async prepare(context) {
      const levels = context.model.unetConfig.levels.length;
      const given: Values[][] = [];
      for (const [k, adaptation] of adaptations.entries()) given.push(await featuresOf(adaptation, k, context));
      return {
        inputs: async (step) => {
          const followed = given.filter((_, k) => isFollowed(adaptations[k]!, step, context.calls));
          const sum = (i: number) => followed.reduce((all, features) => plus(all, features[i]), NOTHING);
          const ofLevels = Array.from({ length: levels }, (_, i) => [`feature.${i}`, sum(i)] as const);
          return { ...Object.fromEntries(ofLevels), 'feature.mid': sum(levels) };
        },
      };
    },
  };
}

/** What an adapter sees in its picture, of each level of the U-Net, and of its middle where one more fits that. */
async function featuresOf(
  { network, picture, scale }: Adaptation,
  k: number,
  { model, shape, trace }: RunContext,
): Promise<Values[]> {
  const shown = network.config.pictureChannels === 1 ? toGray(picture) : picture;
  const values = toUnitTensor(shown);
  const session = await network.load();
  const seen: Outputs = await session.run({
    picture: { data: values, shape: [1, channelsOf(shown), shown.height, shown.width] },
  });
  trace?.(`adapter.${k}.in`, values);
  const features = Object.keys(seen).map((_, i) => {
    const { data, shape } = seen[`feature.${i}`]!;
    trace?.(`adapter.${k}.out.${i}`, data);
    return { data: combine([scale, data]), shape, constant: true };
  });
  const { levels } = model.unetConfig;
  const middle = [levels.at(-1)!.channels, ...shape.slice(1).map((side) => Math.ceil(side / 2 ** (levels.length - 1)))];
  return features.filter(({ shape: [, ...own] }, i) => i < levels.length || own.join() === middle.join());
}

function plus(sum: Values, own: Values | undefined): Values {
  if (!own) return sum;
  return sum === NOTHING ? own : { data: combine([1, sum.data], [1, own.data]), shape: own.shape };
}
