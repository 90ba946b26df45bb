import type { agentProto } from '@atelier/contracts';
import type { ResolvedImage } from '../expansion/types.js';

/** Width and height of a task's picture. One that is repainted in its masked part only keeps its own size. */
export function resultSize(
  { width, height, maskedPadding, initImage, mask }: agentProto.RenderRequest,
  imageOf: (sha256: string) => Pick<ResolvedImage, 'width' | 'height'> | undefined,
): { width: number; height: number } {
  const original = maskedPadding === undefined || mask === '' ? undefined : imageOf(initImage);
  return original ? { width: original.width, height: original.height } : { width, height };
}
