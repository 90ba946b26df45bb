import { toClipTensor } from '../../image/clip-image.js';
import type { Raster } from '../../image/raster.js';
import { InputError } from '../../errors.js';
import type { Inputs, Values } from '../../runtime/session.js';
import type { ImageEncoder } from '../image-adapter.js';
import type { Influence } from '../influence.js';
import type { DiffusionModel } from '../model.js';
import { joined } from '../noise.js';
import type { Trace } from '../trace.js';

/** Pictures that what is drawn should be like, told by an IP-Adapter. */
export interface ImagePrompt {
  encoder: ImageEncoder;
  pictures: readonly Raster[];
  /** 0 lets the pictures go unseen. */
  scale: number;
}

/**
 * Lets pictures be like others, beside their text: Ye et al. 2023, arXiv:2308.06721.
 *
 * @param prompts one for each of the model's image adapters, in their order
 */
export function imagePrompts(prompts: readonly ImagePrompt[]): Influence {
  return {
    async prepare({ model, pictures, guided, trace }) {
      const inputs: Record<string, Values> = {};
      const embeds: Float32Array[] = [];
      for (const [k, prompt] of prompts.entries()) {
        const { seen, tokens } = await tokensOf(model, k, prompt, guided, trace);
        embeds.push(repeated(seen, pictures).data);
        inputs[`image.${k}`] = repeated(tokens, pictures);
        inputs[`image.${k}.scale`] = { data: Float32Array.of(prompt.scale), shape: [] };
      }
      return {
        inputs: ({ n }): Promise<Inputs> => {
          embeds.forEach((values, k) => trace?.(`unet.${n}.added.image_embeds.${k}`, values));
          return Promise.resolve(inputs);
        },
      };
    },
  };
}

/** What an adapter is told of pictures, and its tokens: in rows, the first of which is for nothing where there is guidance. */
async function tokensOf(
  model: DiffusionModel,
  k: number,
  { encoder, pictures }: ImagePrompt,
  guided: boolean,
  trace: Trace | undefined,
): Promise<{ seen: Values; tokens: Values }> {
  const adapter = model.imageAdapters[k]!;
  const { config } = adapter;
  const output = config.kind === 'plain' ? 'meaning' : 'parts';
  const given = config.kind === 'plain' ? encoder.config.projectionWidth : encoder.config.width;
  if (given !== config.inner) {
    throw new InputError(
      `The IP-Adapter ${adapter.path} is told ${config.inner} values of a picture, and its image encoder gives ${given}.`,
    );
  }
  const size = encoder.config.pictureSize;
  const shown = joined(pictures.map((picture) => toClipTensor(picture, size)));
  trace?.(`image_encoder.${2 * k}.pixel_values`, shown);
  const session = await encoder.load();
  const look = async (data: Float32Array) =>
    (await session.run({ picture: { data, shape: [data.length / (3 * size ** 2), 3, size, size] } }))[output]!;
  const seen = await look(shown);
  if (output === 'meaning') trace?.(`image_encoder.${2 * k}.image_embeds`, seen.data);
  // Nothing is a meaning of zeros; of parts, what is seen in a picture of zeros.
  const nothing = !guided
    ? []
    : [
        config.kind === 'plain'
          ? new Float32Array(seen.data.length)
          : (await look(new Float32Array(shown.length))).data,
      ];
  const rows = {
    data: joined([...nothing, seen.data]),
    shape: [(nothing.length + 1) * pictures.length, ...seen.shape.slice(1)],
  };
  const { tokens } = await (await adapter.load(...model.runtime)).run({ seen: rows });
  // The tokens of all pictures stand behind each other.
  const perRow = [nothing.length + 1, pictures.length * config.tokens, config.width];
  return {
    seen: { ...rows, shape: [nothing.length + 1, rows.data.length / (nothing.length + 1)] },
    tokens: { data: tokens!.data, shape: perRow },
  };
}

/** Each row as often as there are pictures: [rows * pictures, ...]. */
function repeated({ data, shape: [rows = 1, ...rest] }: Values, pictures: number): Values {
  const size = data.length / rows;
  const all = Array.from({ length: rows * pictures }, (_, i) => {
    const row = Math.floor(i / pictures);
    return data.subarray(row * size, (row + 1) * size);
  });
  return { data: joined(all), shape: [rows * pictures, ...rest], constant: true };
}
