import type { TensorLocation } from '../weight-files.js';
import { rename, tensorsBelow, type Place } from './places.js';

const RESNET_PARTS = { norm1: 'norm1', conv1: 'conv1', norm2: 'norm2', conv2: 'conv2', conv_shortcut: 'nin_shortcut' };
const ATTENTION_PARTS = { group_norm: 'norm', to_q: 'q', to_k: 'k', to_v: 'v', 'to_out.0': 'proj_out' };

/** What LDM puts in front of the names of an autoencoder's tensors; one in a file of its own may do without. */
export const VAE_PREFIXES = ['first_stage_model.', 'vae.'];

/** The tensors of the autoencoder in a file under our names; none where there is no autoencoder. */
export function vaeTensors(
  tensors: ReadonlyMap<string, TensorLocation>,
  prefixes: readonly string[],
): Map<string, TensorLocation> {
  for (const prefix of prefixes) {
    // Beside the two halves some files keep the losses of their training.
    const own = [...tensorsBelow(tensors, prefix)].filter(([name]) =>
      /^((en|de)coder|(post_)?quant_conv)\./.test(name),
    );
    const names = own.map(([name]) => name);
    if (names.some((name) => name.startsWith('decoder.'))) return rename(new Map(own), vaePlaces(names));
  }
  return new Map();
}

/**
 * Where the modules of an autoencoder lie in an LDM file. Modules of the same name in both need no place.
 *
 * LDM counts the decoder's levels from the finest, diffusers from the coarsest.
 */
function vaePlaces(names: Iterable<string>): Place[] {
  const layout = levelsAndLayers(names);
  return [
    ...['encoder', 'decoder'].flatMap((half) => [
      { ours: `${half}.conv_norm_out`, theirs: `${half}.norm_out` },
      ...parts(`${half}.mid_block.resnets.0`, `${half}.mid.block_1`, RESNET_PARTS),
      ...parts(`${half}.mid_block.resnets.1`, `${half}.mid.block_2`, RESNET_PARTS),
      ...parts(`${half}.mid_block.attentions.0`, `${half}.mid.attn_1`, ATTENTION_PARTS),
    ]),
    ...layout.flatMap((layers, level) => {
      const [down, up] = [`encoder.down.${level}`, `decoder.up.${level}`];
      const [ourDown, ourUp] = [`encoder.down_blocks.${level}`, `decoder.up_blocks.${layout.length - 1 - level}`];
      return [
        { ours: `${ourDown}.downsamplers.0.conv`, theirs: `${down}.downsample.conv` },
        { ours: `${ourUp}.upsamplers.0.conv`, theirs: `${up}.upsample.conv` },
        ...Array.from({ length: layers + 1 }, (_, i) => i).flatMap((i) => [
          ...parts(`${ourDown}.resnets.${i}`, `${down}.block.${i}`, RESNET_PARTS),
          ...parts(`${ourUp}.resnets.${i}`, `${up}.block.${i}`, RESNET_PARTS),
        ]),
      ];
    }),
    // Some files keep these two convolutions inside the halves.
    { ours: 'quant_conv', theirs: 'encoder.quant_conv' },
    { ours: 'post_quant_conv', theirs: 'decoder.post_quant_conv' },
  ];
}

function parts(ours: string, theirs: string, names: Record<string, string>): Place[] {
  return Object.entries(names).map(([our, their]) => ({ ours: `${ours}.${our}`, theirs: `${theirs}.${their}` }));
}

/** Residual blocks of each level of the encoder; a level of the decoder, which every file has, has one more. */
function levelsAndLayers(names: Iterable<string>): number[] {
  const known = new Set(names);
  const layers: number[] = [];
  for (let level = 0; known.has(`decoder.up.${level}.block.0.conv1.weight`); level++) {
    let count = 1;
    while (known.has(`decoder.up.${level}.block.${count}.conv1.weight`)) count++;
    layers.push(count - 1);
  }
  return layers;
}
