import { z } from 'zod';

/** The files of a model that a node fetches: what the scheduler answers to `GET /models/<sha256>` on its port for nodes. */
export const ModelFiles = z.object({
  name: z.string().min(1),
  files: z
    .array(
      z.object({
        /** Below the model's folder, with `/`; empty for a model that is one file. */
        path: z.string().regex(/^(?:(?:(?!\.)[^/\\:]+\/)*(?!\.)[^/\\:]+)?$/, 'is no path below a folder'),
        bytes: z.int().nonnegative(),
      }),
    )
    .min(1)
    .max(10_000),
});
export type ModelFiles = z.infer<typeof ModelFiles>;
