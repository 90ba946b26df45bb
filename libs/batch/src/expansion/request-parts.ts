/** What a request names, gathered. */
import type { agentProto } from '@atelier/contracts';

/** Every model of a request, each once. */
export function modelsOf(request: agentProto.RenderRequest): agentProto.ModelReference[] {
  const {
    checkpoint,
    vae,
    loras,
    controls,
    refiner,
    embeddings,
    safetyChecker,
    hires,
    upscale,
    frames,
    ipAdapters,
    faces,
  } = request;
  const all = [
    checkpoint,
    vae,
    ...[...loras, ...controls, ...embeddings].map(({ model }) => model),
    refiner?.model,
    safetyChecker,
    hires?.model,
    upscale?.model,
    frames?.motion,
    faces?.model,
    faces?.detector,
    ...ipAdapters.flatMap(({ model, encoder }) => [model, encoder]),
  ].filter((model) => model !== undefined);
  return [...new Map(all.map((model) => [model.sha256, model])).values()];
}

/** The hashes of every asset of a request, each once. */
export function assetsOf({ initImage, mask, depthMap, controls, ipAdapters }: agentProto.RenderRequest): string[] {
  const all = [initImage, mask, depthMap, ...[...controls, ...ipAdapters].map(({ image }) => image)];
  return [...new Set(all.filter((sha256) => sha256 !== ''))];
}
