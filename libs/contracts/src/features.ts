/**
 * What a render request may need beyond text-to-image with the checkpoint's own sampler. A request lists the features
 * that it cannot do without (`required_features`), an agent those that its engine has (`Hello.features`).
 */

/** The sampler `name` of a batch, in any noise schedule that it has. */
export const samplerFeature = (name: string) => `sampler.${name}`;

/** Features other than samplers, and when a request needs them. */
export const features = {
  lora: 'loras',
  /** Another VAE than the checkpoint's own. */
  vae: 'vae',
  clipSkip: 'clip_skip',
  /** Brackets that weigh words, such as `(text:1.2)`, or BREAK, in the prompt or the negative prompt. */
  promptWeights: 'prompt_weights',
  /** Random numbers as torch draws them on a GPU. */
  gpuRandom: 'rng.gpu',
  guidanceRescale: 'guidance_rescale',
  /** A picture to begin from. */
  initImage: 'init_image',
  /** A mask on it, or what is painted around it. */
  inpaint: 'inpaint',
  depthMap: 'depth_map',
  controlNet: 'controlnet',
  t2iAdapter: 't2i_adapter',
  refiner: 'refiner',
  /** Sizes and scores that SDXL is told. */
  sdxlSizes: 'sdxl_sizes',
  embeddings: 'embeddings',
  safetyChecker: 'safety_checker',
  hires: 'hires',
  upscale: 'upscale',
  frames: 'frames',
  seamless: 'seamless',
  variation: 'variation',
  /** Changes a picture as prompts say, by instruct-pix2pix. */
  imageGuidance: 'image_guidance',
  /** Draws a small picture again, larger, by a checkpoint for that. */
  noiseLevel: 'noise_level',
  ipAdapter: 'ip_adapter',
  /** Restores the faces of finished pictures. */
  faces: 'faces',
  jpeg: 'output.jpeg',
  webp: 'output.webp',
} as const;
