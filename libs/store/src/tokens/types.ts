export interface JoinToken {
  id: string;
  secretHash: string;
  /** Nodes that may still join with it. */
  usesLeft: number;
  createdAt: Date;
  expiresAt: Date;
}

export interface Tokens {
  create(token: Omit<JoinToken, 'createdAt'>): Promise<void>;
  get(id: string): Promise<JoinToken | null>;
  /** Takes one use. False: unknown, used up or expired. */
  use(id: string): Promise<boolean>;
}
