import { CheckpointError } from '../checkpoint-error.js';
import { ldmUnetName, RESNET_PARTS, type UnetLayout } from '../ldm-unet-names.js';
import type { TensorLocation } from '../weight-files.js';
import { rename, tensorsBelow, type Place } from './places.js';

/** What LDM puts in front of the names of a U-Net's tensors. */
export const UNET_PREFIX = 'model.diffusion_model.';
/** The same for a ControlNet; one in a file of its own does without. */
export const CONTROLNET_PREFIX = 'control_model.';

type Tensors = ReadonlyMap<string, TensorLocation>;

/**
 * The tensors of a checkpoint's U-Net under our names. Throws CheckpointError.
 *
 * @param averaged whether to take the averages over the training steps, which a file may have beside the last weights
 */
export function unetTensors(tensors: Tensors, averaged: boolean, path: string): Map<string, TensorLocation> {
  const own = tensorsBelow(tensors, UNET_PREFIX);
  if (averaged) {
    for (const name of own.keys()) {
      const average = tensors.get(`model_ema.diffusion_model${name.replaceAll('.', '')}`);
      if (!average)
        throw new CheckpointError(`${path} has no averaged weights, which "ema" asks for: "${name}" has none.`);
      own.set(name, average);
    }
  }
  return rename(own, unetPlaces(ldmLayout(own.keys(), path)));
}

/** The tensors of the ControlNet in a file under our names, which the file may have already. Throws CheckpointError. */
export function controlNetTensors(tensors: Tensors, path: string): Map<string, TensorLocation> {
  const below = tensorsBelow(tensors, CONTROLNET_PREFIX);
  const own = below.size > 0 ? below : new Map(tensors);
  if (!own.has('input_hint_block.0.weight')) return own;
  return rename(own, controlNetPlaces(ldmLayout(own.keys(), path), own.keys()));
}

/** The numbering of LDM's blocks, and how many levels they make up. */
interface LdmLayout extends UnetLayout {
  levels: number;
  /** Blocks on the way down, `conv_in` included. */
  inputBlocks: number;
}

/**
 * Reads the layout of a U-Net, or of a ControlNet, off LDM's names of its tensors: a level ends where the file has a
 * downsampler. Throws CheckpointError where levels differ in their number of layers, which the names cannot tell apart.
 */
function ldmLayout(names: Iterable<string>, path: string): LdmLayout {
  const known = new Set(names);
  const layers = [0];
  let block = 1;
  for (; ; block++) {
    if (known.has(`input_blocks.${block}.0.op.weight`)) layers.push(0);
    else if (known.has(`input_blocks.${block}.0.in_layers.2.weight`)) layers[layers.length - 1]!++;
    else break;
  }
  const layersPerBlock = layers[0]!;
  if (layersPerBlock === 0 || layers.some((count) => count !== layersPerBlock)) {
    throw new CheckpointError(
      `${path} has a U-Net with levels of ${layers.join(', ')} layers; expected as many in each.`,
    );
  }
  const upBlockHasAttention = layers.map((_, i) =>
    known.has(`output_blocks.${i * (layersPerBlock + 1)}.1.norm.weight`),
  );
  return { levels: layers.length, inputBlocks: block, layersPerBlock, upBlockHasAttention };
}

/** Where the modules of a U-Net lie in an LDM file. */
function unetPlaces(layout: LdmLayout): Place[] {
  return places(unetModules(layout), layout);
}

/** Where the modules of a ControlNet lie in an LDM file. */
function controlNetPlaces(layout: LdmLayout, names: Iterable<string>): Place[] {
  // Convolutions bring the map to the size of the latents; an activation between two counts as a module.
  const convolutions = new Set([...names].flatMap((name) => /^input_hint_block\.(\d+)\./.exec(name)?.[1] ?? []));
  const last = convolutions.size - 1;
  const hint = (i: number) => (i === 0 ? 'conv_in' : i === last ? 'conv_out' : `blocks.${i - 1}`);
  return [
    ...places(unetModules(layout), layout),
    ...range(layout.inputBlocks).map((i) => ({ ours: `controlnet_down_blocks.${i}`, theirs: `zero_convs.${i}.0` })),
    { ours: 'controlnet_mid_block', theirs: 'middle_block_out.0' },
    ...range(convolutions.size).map((i) => ({
      ours: `controlnet_cond_embedding.${hint(i)}`,
      theirs: `input_hint_block.${2 * i}`,
    })),
  ];
}

function places(modules: readonly string[], layout: UnetLayout): Place[] {
  return modules.flatMap((ours) => {
    const theirs = ldmUnetName(ours, layout);
    return theirs === null ? [] : [{ ours, theirs }];
  });
}

/** Names of every module that a U-Net of this layout can have. */
function unetModules({ levels, layersPerBlock, upBlockHasAttention }: LdmLayout): string[] {
  const resnet = (block: string, i: number) => RESNET_PARTS.map((part) => `${block}.resnets.${i}.${part}`);
  const layer = (block: string, i: number) => [`${block}.attentions.${i}`, ...resnet(block, i)];
  // In a level without attention the upsampler has the place of one.
  const upLayer = (level: number) => (upBlockHasAttention[level] ? layer : resnet);
  return [
    ...['conv_in', 'conv_norm_out', 'conv_out', 'time_embedding.linear_1', 'time_embedding.linear_2'],
    ...['time_embedding.cond_proj', 'add_embedding.linear_1', 'add_embedding.linear_2'],
    ...range(2).flatMap((i) => layer('mid_block', i)),
    ...range(levels).flatMap((level) => [
      ...range(layersPerBlock).flatMap((i) => layer(`down_blocks.${level}`, i)),
      `down_blocks.${level}.downsamplers.0.conv`,
      ...range(layersPerBlock + 1).flatMap((i) => upLayer(level)(`up_blocks.${level}`, i)),
      `up_blocks.${level}.upsamplers.0.conv`,
    ]),
  ];
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
