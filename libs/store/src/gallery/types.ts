import type { Result } from '../results/types.js';
import type { TaskKey } from '../tasks/types.js';

/** Which pictures: every field that is given must hold. */
export interface PictureFilter {
  /** Words that the prompt must hold, in any case; `-word` must not be in it, `"two words"` stand together. */
  text?: string;
  /** Part of the checkpoint's name. */
  model?: string;
  seed?: number;
  /** Id, or part of the name. */
  job?: string;
  /** Id, or part of the name. */
  node?: string;
  from?: Date;
  /** Made at this time or before. */
  to?: Date;
  starred?: boolean;
  tag?: string;
}

export interface MarkChange {
  starred?: boolean;
  addTags?: readonly string[];
  removeTags?: readonly string[];
}

/** The pictures of the whole farm, newest first, as people look through them. */
export interface Gallery {
  count(filter: PictureFilter): Promise<number>;
  /** `size` pictures from position `offset` on. What is newer than `filter.to` moves nothing. */
  window(filter: PictureFilter, offset: number, size: number): Promise<Result[]>;
  /** Pictures of one job at some of its indices, in no order. */
  at(jobId: string, indices: readonly number[]): Promise<Result[]>;
  /** Tags with the number of pictures that have them, the most used first. */
  tags(): Promise<{ tag: string; pictures: number }[]>;
  /** Stars and tags; gives the pictures as they are then. Pictures that are not there are passed over. */
  mark(keys: readonly TaskKey[], change: MarkChange): Promise<Result[]>;
  /**
   * Deletes pictures and leaves tombstones: their tasks never get another result. The files stay until `forget`.
   * Gives the keys of those that were there.
   */
  remove(keys: readonly TaskKey[]): Promise<TaskKey[]>;
  /** Undoes `remove` where it is not forgotten; gives the pictures that are back. */
  restore(keys: readonly TaskKey[]): Promise<Result[]>;
  /** Lets go of the files of pictures that were deleted before `before`. */
  forget(before: Date): Promise<number>;
}
