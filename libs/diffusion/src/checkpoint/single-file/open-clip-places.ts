import type { Place } from './places.js';

/**
 * Where the modules of a CLIP text encoder lie in OpenCLIP's form: query, key and value in one tensor, one below the
 * other, and a projection that is multiplied from the other side.
 *
 * @param layers to take; those behind are left out
 */
export function openClipPlaces(layers: number): Place[] {
  return [
    { ours: 'text_model.embeddings.token_embedding', theirs: 'token_embedding' },
    { ours: 'text_model.embeddings.position_embedding.weight', theirs: 'positional_embedding' },
    { ours: 'text_model.final_layer_norm', theirs: 'ln_final' },
    { ours: 'text_projection.weight', theirs: 'text_projection', transposed: true },
    ...Array.from({ length: layers }, (_, i) => layerPlaces(i)).flat(),
  ];
}

function layerPlaces(layer: number): Place[] {
  const ours = `text_model.encoder.layers.${layer}`;
  const theirs = `transformer.resblocks.${layer}`;
  return [
    { ours: `${ours}.layer_norm1`, theirs: `${theirs}.ln_1` },
    { ours: `${ours}.layer_norm2`, theirs: `${theirs}.ln_2` },
    { ours: `${ours}.self_attn.out_proj`, theirs: `${theirs}.attn.out_proj` },
    { ours: `${ours}.mlp.fc1`, theirs: `${theirs}.mlp.c_fc` },
    { ours: `${ours}.mlp.fc2`, theirs: `${theirs}.mlp.c_proj` },
    ...['q_proj', 'k_proj', 'v_proj'].flatMap((name, index) =>
      ['weight', 'bias'].map((tensor) => ({
        ours: `${ours}.self_attn.${name}.${tensor}`,
        theirs: `${theirs}.attn.in_proj_${tensor}`,
        part: { index, of: 3 },
      })),
    ),
  ];
}
