import type { SafetyPolicy } from '@atelier/contracts';

/** Measurements of tasks of a cost key on slots of a type. */
export interface StoredPrediction {
  costKey: string;
  slotType: string;
  /** As the predictor writes them. */
  samples: unknown;
}

/** A project's share of the farm, or a user's of the project. */
export interface StoredShare {
  project: string;
  /** Empty: of the project. */
  userName: string;
  weight: number;
  /** GPU seconds. */
  usedSeconds: number;
  budgetSeconds: number | null;
  maximumSlots: number | null;
  /** Whether pictures are judged by the farm's safety checker; null: as the farm does. */
  safety: SafetyPolicy | null;
}

/** What the policy must not forget. */
export interface Scheduling {
  predictions(): Promise<StoredPrediction[]>;
  savePredictions(predictions: readonly StoredPrediction[]): Promise<void>;
  /** By project, then user. */
  shares(): Promise<StoredShare[]>;
  /** One of them; null where nothing was set or used of it. */
  share(project: string, userName: string): Promise<StoredShare | null>;
  /** Sets the terms of a share; what it has used stays. */
  setShare(terms: Omit<StoredShare, 'usedSeconds'>): Promise<StoredShare>;
  /** Adds GPU seconds to what shares have used. */
  addUse(uses: readonly { project: string; userName: string; seconds: number }[]): Promise<void>;
}
