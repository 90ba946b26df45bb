import type { JsonObject } from '../json.js';
import type { Shapes } from './shapes.js';

/** The `config.json` of an autoencoder, from the shapes of its tensors by our names. Throws CheckpointError. */
export function vaeConfig(shapes: Shapes): JsonObject {
  const levels = shapes.count('decoder.up_blocks');
  const widths = Array.from({ length: levels }, (_, i) =>
    shapes.size(`decoder.up_blocks.${levels - 1 - i}.resnets.0.conv2.weight`, 0),
  );
  return {
    _class_name: 'AutoencoderKL',
    in_channels: shapes.size('decoder.conv_out.weight', 0),
    out_channels: shapes.size('decoder.conv_out.weight', 0),
    latent_channels: shapes.size('decoder.conv_in.weight', 1),
    block_out_channels: widths,
    down_block_types: widths.map(() => 'DownEncoderBlock2D'),
    up_block_types: widths.map(() => 'UpDecoderBlock2D'),
    layers_per_block: shapes.count('decoder.up_blocks.0.resnets') - 1,
    mid_block_add_attention: shapes.has('decoder.mid_block.attentions.0.to_q.weight'),
    use_quant_conv: shapes.has('quant_conv.weight'),
    use_post_quant_conv: shapes.has('post_quant_conv.weight'),
  };
}
