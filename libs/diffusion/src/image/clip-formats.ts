/** Files that a clip can become: one that moves, or a PNG for each frame. */
export const clipFormats = ['gif', 'webp', 'png', 'mp4'] as const;
export type ClipFormat = (typeof clipFormats)[number];
