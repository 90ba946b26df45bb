/** The farm's certificate authority. */
export interface StoredAuthority {
  /** PEM. */
  certificate: string;
  /** Its private key, wrapped: useless without the farm's secret. */
  wrappedKey: string;
}

export interface Authorities {
  get(): Promise<StoredAuthority | null>;
  /** Stores the authority if there is none. Returns the one that is stored: of two schedulers that start at once, both get the same. */
  create(authority: StoredAuthority): Promise<StoredAuthority>;
}
