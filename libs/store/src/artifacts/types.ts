/** A stored file, named by its content. */
export interface Artifact {
  sha256: string;
  kind: 'result' | 'asset';
  bytes: number;
  mediaType: string;
  /** Pixels; null when it is no picture. */
  width: number | null;
  height: number | null;
  createdAt: Date;
  /** Results and jobs that name it. */
  references: number;
  /** A picture that every result naming it withholds. */
  withheld: boolean;
}

export interface Artifacts {
  /** Records a file that lies in the store. A second time changes nothing. */
  put(artifact: Omit<Artifact, 'createdAt' | 'references' | 'withheld'>): Promise<Artifact>;
  get(sha256: string): Promise<Artifact | null>;
  /** Files that nothing names and that are older than `before`: rejected uploads, assets without a job. */
  unreferenced(before: Date, limit: number): Promise<Artifact[]>;
  /** Forgets a file that nothing names. False: it is named (again), keep the file. */
  remove(sha256: string): Promise<boolean>;
}
