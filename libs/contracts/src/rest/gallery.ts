/** The pictures of the whole farm, as people look through them. */
import { z } from 'zod';
import { ResultView } from './views.js';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const word = z.string().min(1).max(200);

/** Which pictures, as a query string says it: every field that is given must hold. */
export const PictureQuery = z.object({
  text: z
    .string()
    .max(500)
    .optional()
    .describe('Words that the prompt must hold: `red -boat "by the sea"`. A dash unwants, quotes hold together.'),
  model: word.optional().describe("Part of the checkpoint's name."),
  seed: z.coerce.number().int().min(0).max(4_294_967_295).optional(),
  job: word.optional().describe('Id, or part of the name.'),
  node: word.optional().describe('Id, or part of the name.'),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional().describe('Made at this time or before.'),
  starred: flag.optional(),
  tag: word.optional(),
});
export type PictureQuery = z.infer<typeof PictureQuery>;

/** Pictures `offset` to `offset + items.length - 1` of what the query finds, newest first. */
export const GalleryWindow = z.object({ offset: z.int(), items: z.array(ResultView) });
export type GalleryWindow = z.infer<typeof GalleryWindow>;

/** How many pictures a query finds; with `to` set to `at`, positions in the gallery stay what they are. */
export const GalleryCount = z.object({ count: z.int(), at: z.iso.datetime() });
export type GalleryCount = z.infer<typeof GalleryCount>;

export const TagView = z.object({ tag: z.string(), pictures: z.int() });
export type TagView = z.infer<typeof TagView>;

export const PictureKey = z.strictObject({ jobId: z.string(), index: z.int().min(0) });
export type PictureKey = z.infer<typeof PictureKey>;

const pictures = z.array(PictureKey).min(1).max(10_000);
const tag = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^,\s]+(?: [^,\s]+)*$/, 'has no comma and no double blank');

export const PictureKeys = z.strictObject({ pictures });
export const MarkPictures = z.strictObject({
  pictures,
  starred: z.boolean().optional(),
  addTags: z.array(tag).max(50).optional(),
  removeTags: z.array(z.string()).max(50).optional(),
});
export type MarkPictures = z.infer<typeof MarkPictures>;

export const MarkedPictures = z.object({ pictures: z.array(ResultView) });
/** The pictures that were deleted: those that were there. */
export const DeletedPictures = z.object({
  pictures: z.array(PictureKey),
  restorableUntil: z.iso.datetime().describe('until then :restore brings them back'),
});
