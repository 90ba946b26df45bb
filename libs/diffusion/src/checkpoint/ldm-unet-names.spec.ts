import { expect, test } from 'vitest';
import { ldmUnetName } from './ldm-unet-names.js';

// Stable Diffusion 1: four levels, two layers, no attention in the first up block.
const sd1 = { layersPerBlock: 2, upBlockHasAttention: [false, true, true, true] };

test.each([
  ['conv_in', 'input_blocks.0.0'],
  ['time_embedding.linear_2', 'time_embed.2'],
  ['down_blocks.0.resnets.0.conv1', 'input_blocks.1.0.in_layers.2'],
  ['down_blocks.0.attentions.1.proj_in', 'input_blocks.2.1.proj_in'],
  ['down_blocks.0.downsamplers.0.conv', 'input_blocks.3.0.op'],
  ['down_blocks.3.resnets.1.time_emb_proj', 'input_blocks.11.0.emb_layers.1'],
  ['mid_block.resnets.1.conv2', 'middle_block.2.out_layers.3'],
  ['mid_block.attentions.0.transformer_blocks.0.attn2.to_k', 'middle_block.1.transformer_blocks.0.attn2.to_k'],
  ['up_blocks.0.resnets.2.conv_shortcut', 'output_blocks.2.0.skip_connection'],
  ['up_blocks.0.upsamplers.0.conv', 'output_blocks.2.1.conv'],
  ['up_blocks.1.upsamplers.0.conv', 'output_blocks.5.2.conv'],
  [
    'up_blocks.3.attentions.2.transformer_blocks.0.ff.net.0.proj',
    'output_blocks.11.1.transformer_blocks.0.ff.net.0.proj',
  ],
  ['conv_out', 'out.2'],
])('%s is %s', (name, ldm) => {
  expect(ldmUnetName(name, sd1)).toBe(ldm);
});

test('a module that LDM does not have has no name there', () => {
  expect(ldmUnetName('down_blocks.0.motion_modules.0.proj_in', sd1)).toBeNull();
});
