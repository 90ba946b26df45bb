/** Names a request that may be sent twice. Valid for 24 hours. */
export interface IdempotencyKey {
  principal: string;
  /** Method and path, e.g. `POST /api/v1/jobs`. */
  route: string;
  key: string;
  /** Hash of the body: another body under the same key is a mistake. */
  bodyHash: string;
}

export interface IdempotencyRecord extends IdempotencyKey {
  /** What a resend is answered with. */
  answer: string;
}

export interface Idempotency {
  /** The answer of the first request, null if there was none. Throws `idempotency_mismatch`. */
  find(key: IdempotencyKey): Promise<string | null>;
}
