/** What may stand where a batch names a model. Pure. */
import type { ModelView } from '@atelier/contracts/rest';

/** Names by the path of a field without positions in lists, such as `control.model`. */
export type NamesByField = Readonly<Record<string, readonly string[]>>;

export function namesByField(models: readonly Pick<ModelView, 'kind' | 'name'>[]): NamesByField {
  const of = (...kinds: ModelView['kind'][]) =>
    models.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  return {
    model: of('checkpoint'),
    vae: ['auto', ...of('vae')],
    'loras.name': of('lora'),
    embeddings: of('embedding'),
    'control.model': of('controlnet', 't2i-adapter'),
    'ipAdapters.model': of('ip-adapter'),
    'ipAdapters.encoder': of('image-encoder'),
    'refiner.model': of('checkpoint'),
    'hires.upscaler': ['latent', 'lanczos', ...of('upscaler')],
    'upscale.model': ['lanczos', ...of('upscaler')],
    'faces.model': of('face-restorer'),
    'faces.detector': of('face-detector'),
    'frames.motion': of('motion'),
  };
}

/** The names for a path of keys; a key of the matrix takes what it takes at the top. */
export const namesAt = (names: NamesByField, path: readonly string[]): readonly string[] =>
  names[(path[0] === 'matrix' ? path.slice(1) : path).join('.')] ?? [];
