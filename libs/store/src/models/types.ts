import type { ModelView } from '@atelier/contracts';

export interface Model {
  name: string;
  kind: ModelView['kind'];
  sha256: string;
  /** E.g. `sd1`; null when it is not known. */
  architecture: string | null;
  bytes: number;
  /** Folder or file on the scheduler's machine. */
  path: string;
  defaultWidth: number | null;
  defaultHeight: number | null;
  description: string | null;
}

export interface Models {
  /** Makes the registry hold exactly these. */
  replace(models: Model[]): Promise<void>;
  /** By kind, then name. */
  list(): Promise<Model[]>;
  /** By name, else by hash. */
  find(kind: Model['kind'], nameOrSha256: string): Promise<Model | null>;
}
