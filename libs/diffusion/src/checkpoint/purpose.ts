/**
 * What a checkpoint was made for, which says what it must be given beside a prompt: `inpainting` a picture and a mask, `depth`
 * a depth map, `editing` (instruct-pix2pix) and `upscaling` a picture.
 */
export type Purpose = 'text-to-image' | 'inpainting' | 'depth' | 'editing' | 'upscaling';

/** What of a checkpoint tells its purpose. */
export interface Shown {
  /** Channels that the U-Net is shown. */
  inChannels: number;
  /** Channels of latents. */
  latentChannels: number;
  /** Whether the U-Net is told a noise level. */
  toldNoiseLevel: boolean;
  /** Whether it has a way to put noise on the picture that it enlarges, or is a pipeline for that. */
  enlarges?: boolean;
}

/** The purpose, by what the U-Net is shown beside the latents: a mask and a picture, a map, or a picture. */
export function purposeOf({ inChannels, latentChannels, toldNoiseLevel, enlarges = false }: Shown): Purpose {
  if (enlarges) return 'upscaling';
  if (inChannels === 2 * latentChannels + 1) return 'inpainting';
  if (inChannels === latentChannels + 1) return 'depth';
  return inChannels === 2 * latentChannels && !toldNoiseLevel ? 'editing' : 'text-to-image';
}
