/** What this agent's engine can do beyond the plainest request, as `Hello` tells it. */
import { features, samplerFeature } from '@atelier/contracts';
import { samplerNames } from '@atelier/diffusion';

export const agentFeatures: readonly string[] = [
  ...samplerNames.map(samplerFeature),
  features.lora,
  features.vae,
  features.clipSkip,
  features.promptWeights,
  features.gpuRandom,
  features.guidanceRescale,
  features.initImage,
  features.inpaint,
  features.depthMap,
  features.controlNet,
  features.t2iAdapter,
  features.refiner,
  features.sdxlSizes,
  features.embeddings,
  features.safetyChecker,
  features.hires,
  features.upscale,
  features.frames,
  features.seamless,
  features.variation,
  features.imageGuidance,
  features.noiseLevel,
  features.ipAdapter,
  features.faces,
];
