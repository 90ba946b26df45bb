import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { TensorLocation, WeightSet } from '../checkpoint/weight-files.js';

/** The weights of a U-Net with those of motion modules, which have their names beside its own. */
export function withMotion(unet: WeightSet, motion: WeightSet): WeightSet {
  return joined(unet, motion, motion.tensors);
}

/**
 * The weights of a U-Net with the projections that IP-Adapters put beside its attention to the text. Their files number
 * the attentions: down, then up, then the middle, every second number. Throws CheckpointError for one that does not fit.
 */
export function withImageAdapters(unet: WeightSet, adapters: readonly WeightSet[]): WeightSet {
  const attentions = attentionsToText(unet);
  return adapters.reduce((all, adapter, a) => {
    const tensors = new Map<string, TensorLocation>();
    for (const [k, attention] of attentions.entries()) {
      for (const part of ['to_k_ip', 'to_v_ip']) {
        const name = `ip_adapter.${2 * k + 1}.${part}.weight`;
        const location = adapter.tensors.get(name);
        if (!location) {
          throw new CheckpointError(
            `The IP-Adapter ${adapter.source} does not fit the U-Net ${unet.source}: it lacks the tensor "${name}".`,
          );
        }
        tensors.set(`${attention}.processor.${part}.${a}.weight`, location);
      }
    }
    return joined(all, adapter, tensors);
  }, unet);
}

/** Places of attention to the text, in the order in which IP-Adapters number them. */
function attentionsToText({ tensors }: WeightSet): string[] {
  const names = [...tensors.keys()].flatMap((name) => /^(.*\.attn2)\.to_k\.weight$/.exec(name)?.[1] ?? []);
  const order = ['down', 'up', 'mid'];
  const numbers = (name: string) => [order.indexOf(name.split('_')[0]!), ...(name.match(/\d+/g) ?? []).map(Number)];
  return names.sort((a, b) => {
    const [left, right] = [numbers(a), numbers(b)];
    const at = left.findIndex((value, i) => value !== right[i]);
    return at < 0 ? 0 : left[at]! - right[at]!;
  });
}

function joined(own: WeightSet, other: WeightSet, tensors: ReadonlyMap<string, TensorLocation>): WeightSet {
  return {
    source: own.source,
    identity: `${own.identity}\n${other.identity}`,
    tensors: new Map([...own.tensors, ...tensors]),
  };
}
