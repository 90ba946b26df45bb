import type { Page } from '@atelier/contracts';
import type { PageRequest } from '../database/pages.js';
import type { TaskKey } from '../tasks/types.js';

/** The one picture of a task. */
export interface Result extends TaskKey {
  attemptId: string;
  nodeId: string;
  sha256: string;
  pixelSha256: string;
  file: string;
  mediaType: string;
  bytes: number;
  width: number;
  height: number;
  seed: number;
  prompt: string;
  /** Name of the checkpoint. */
  model: string;
  starred: boolean;
  tags: string[];
  /** Judged unsafe: not to be shown. */
  withheld: boolean;
  createdAt: Date;
}

export interface Results {
  /** Null: none yet, or deleted. */
  get(key: TaskKey): Promise<Result | null>;
  /** Of a job, by task index. */
  ofJob(jobId: string, page?: PageRequest): Promise<Page<Result>>;
  /** Of the whole farm, newest first. */
  latest(page?: PageRequest): Promise<Page<Result>>;
  /** Pictures ever made, and since a time. Deleted ones count. */
  count(since?: Date): Promise<number>;
  /** Pictures since a time, by node. */
  countByNode(since: Date): Promise<Map<string, number>>;
}
