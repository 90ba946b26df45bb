import type { WeightSet } from '../checkpoint/weight-files.js';
import type { UnetConfig } from '../networks/unet-config.js';
import type { LoraTargets } from './load.js';
import type { LoraTarget } from './spellings.js';

/** A text encoder whose modules LoRAs can change. */
interface Text {
  name: Exclude<LoraTarget, 'unet'>;
  weights: WeightSet;
}

/** The modules of a model that LoRAs can change. */
export function loraTargets(unet: { config: UnetConfig; weights: WeightSet }, texts: readonly Text[]): LoraTargets {
  const { levels } = unet.config;
  return {
    modules: [
      ...modulesOf(unet.weights).map((own) => ({ target: 'unet' as const, ...own })),
      ...texts.flatMap(({ name, weights }) =>
        modulesOf(weights).map(({ module, shape }) => ({ target: name, module: withTextModel(module), shape })),
      ),
    ],
    layout: {
      layersPerBlock: levels[0]!.layers,
      upBlockHasAttention: levels.map(({ up }) => up !== null).reverse(),
    },
  };
}

function modulesOf({ tensors }: WeightSet): { module: string; shape: readonly number[] }[] {
  return [...tensors]
    .filter(([name]) => name.endsWith('.weight'))
    .map(([name, { shape }]) => ({ module: name.slice(0, -'.weight'.length), shape }));
}

/** Some files leave away the name of the text encoder itself. */
function withTextModel(module: string): string {
  return module.startsWith('text_model.') ? module : `text_model.${module}`;
}
