import type { agentProto } from '@atelier/contracts';
import type { ResolvedImage } from '../expansion/types.js';

/** Latents stand for so many pixels on each side. */
const multiple = 8;

/** Width and height of a task's picture. One that is repainted in its masked part only keeps its own size. */
export function resultSize(
  { width, height, maskedPadding, initImage, mask, hires, upscale }: agentProto.RenderRequest,
  imageOf: (sha256: string) => Pick<ResolvedImage, 'width' | 'height'> | undefined,
): { width: number; height: number } {
  const original = maskedPadding === undefined || mask === '' ? undefined : imageOf(initImage);
  const drawnTwice = (side: number) => (hires ? Math.round((side * hires.scale) / multiple) * multiple : side);
  const enlarged = (side: number) => (upscale ? Math.round(side * upscale.scale) : side);
  const drawn = original ?? { width: drawnTwice(width), height: drawnTwice(height) };
  return { width: enlarged(drawn.width), height: enlarged(drawn.height) };
}
