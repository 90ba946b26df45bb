/** From what was drawn to a file. */
import { pictureText } from '@atelier/batch';
import type { agentProto } from '@atelier/contracts';
import { encodePng, ENGINE_BUILD, type RenderedPicture, type RenderSettings } from '@atelier/diffusion';

export interface PictureFile {
  file: Buffer;
  mediaType: string;
}

const clipMediaTypes = { gif: 'image/gif', webp: 'image/webp', mp4: 'video/mp4', png: 'image/png' } as const;

/** The file of a picture or clip: its bytes are a function of the request and the engine's build alone. */
export async function pictureFile(
  request: agentProto.RenderRequest,
  picture: RenderedPicture,
  { sampler, schedule, vaeTiling }: RenderSettings,
): Promise<PictureFile> {
  const { clip } = picture;
  if (clip) return { file: Buffer.from(clip.files[0]!), mediaType: clipMediaTypes[clip.format] };
  const settings = { sampler, schedule, vaeTiling, ...(request.eta !== undefined && { eta: request.eta }) };
  const file = await encodePng(picture, { ...pictureText(request, settings, ENGINE_BUILD) });
  return { file, mediaType: 'image/png' };
}
