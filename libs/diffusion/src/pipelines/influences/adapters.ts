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
      const { model, calls } = context;
      const levels = model.unetConfig.levels.length;
      const given: Values[][] = [];
      for (const [k, adaptation] of adaptations.entries()) given.push(await featuresOf(adaptation, k, context));
      return {
        inputs: async (step) => {
          const followed = given.filter((_, k) => isFollowed(adaptations[k]!, step, calls));
          const place = (i: number) => followed.map((features) => features[i]).filter((own) => own !== undefined);
          return Object.fromEntries(
            Array.from({ length: levels + 1 }, (_, i) => [
              i === levels ? 'feature.mid' : `feature.${i}`,
              place(i).reduce((sum, own) => plus(sum, own), NOTHING),
            ]),
          );
        },
      };
    },
  };
}

/** What an adapter sees in its picture, of each level of the U-Net; one more is for its middle. */
async function featuresOf(
  { network, picture, scale }: Adaptation,
  k: number,
  { trace }: RunContext,
): Promise<Values[]> {
  const { pictureChannels } = network.config;
  const shown = pictureChannels === 1 ? toGray(picture) : picture;
  const values = toUnitTensor(shown);
  const session = await network.load();
  const seen: Outputs = await session.run({
    picture: { data: values, shape: [1, channelsOf(shown), shown.height, shown.width] },
  });
  trace?.(`adapter.${k}.in`, values);
  return Object.keys(seen).map((_, i) => {
    const { data, shape } = seen[`feature.${i}`]!;
    trace?.(`adapter.${k}.out.${i}`, data);
    return { data: combine([scale, data]), shape };
  });
}

function plus(sum: Values, own: Values): Values {
  return sum === NOTHING ? own : { data: combine([1, sum.data], [1, own.data]), shape: own.shape };
}
