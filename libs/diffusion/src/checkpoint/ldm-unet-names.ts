/**
 * The names that the original Stable Diffusion code (LDM, and SGM for SDXL) gives to the modules of a UNet. Single-file
 * checkpoints and many LoRA files use them; ours are the names of a diffusers folder.
 */

/** What the numbering of LDM's flat list of blocks depends on. */
export interface UnetLayout {
  /** ResNets of a down block; up blocks have one more. */
  layersPerBlock: number;
  /** Whether up block i has attention: its upsampler then comes third, not second. */
  upBlockHasAttention: readonly boolean[];
}

const fixed: Readonly<Record<string, string>> = {
  'time_embedding.linear_1': 'time_embed.0',
  'time_embedding.linear_2': 'time_embed.2',
  'time_embedding.cond_proj': 'time_embed.cond_proj',
  'add_embedding.linear_1': 'label_emb.0.0',
  'add_embedding.linear_2': 'label_emb.0.2',
  conv_in: 'input_blocks.0.0',
  conv_norm_out: 'out.0',
  conv_out: 'out.2',
};

const resnetParts: Readonly<Record<string, string>> = {
  norm1: 'in_layers.0',
  conv1: 'in_layers.2',
  time_emb_proj: 'emb_layers.1',
  norm2: 'out_layers.0',
  conv2: 'out_layers.3',
  conv_shortcut: 'skip_connection',
};

/** The modules of a residual block. */
export const RESNET_PARTS: readonly string[] = Object.keys(resnetParts);

/** LDM's name of the module that diffusers calls `name`; null where LDM has no such module. */
export function ldmUnetName(name: string, layout: UnetLayout): string | null {
  if (fixed[name]) return fixed[name];
  const [block, ...rest] = name.split('.');
  switch (block) {
    case 'down_blocks':
      return downName(rest, layout);
    case 'mid_block':
      return midName(rest);
    case 'up_blocks':
      return upName(rest, layout);
    default:
      return null;
  }
}

function downName([block, kind, layer, ...inner]: string[], { layersPerBlock }: UnetLayout): string | null {
  const perBlock = layersPerBlock + 1;
  // Block 0 of the flat list is conv_in.
  const first = 1 + Number(block) * perBlock;
  if (kind === 'downsamplers') return `input_blocks.${first + layersPerBlock}.0.op`;
  return layerName(`input_blocks.${first + Number(layer)}`, kind, inner, ['0', '1']);
}

function midName([kind, layer, ...inner]: string[]): string | null {
  const place = kind === 'attentions' ? 2 * Number(layer) + 1 : 2 * Number(layer);
  return layerName('middle_block', kind, inner, [String(place), String(place)]);
}

function upName([block, kind, layer, ...inner]: string[], layout: UnetLayout): string | null {
  const first = Number(block) * (layout.layersPerBlock + 1);
  if (kind === 'upsamplers') {
    const place = layout.upBlockHasAttention[Number(block)] ? 2 : 1;
    return `output_blocks.${first + layout.layersPerBlock}.${place}.conv`;
  }
  return layerName(`output_blocks.${first + Number(layer)}`, kind, inner, ['0', '1']);
}

function layerName(
  block: string,
  kind: string | undefined,
  inner: string[],
  [resnet, attention]: [string, string],
): string | null {
  if (kind === 'attentions') return [block, attention, ...inner].join('.');
  if (kind !== 'resnets') return null;
  const part = resnetParts[inner[0] ?? ''];
  return part ? `${block}.${resnet}.${part}` : null;
}
