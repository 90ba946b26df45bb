/** Which pictures may come in, and which have come: from an agent's wish to the checked file. */
import { randomBytes } from 'node:crypto';
import { AtelierError, type agentProto } from '@atelier/contracts';
import { signTicket, verifyTicket } from '@atelier/trust';
import { monotonicMs } from '../clock.js';
import type { CheckedPicture } from './picture-check.js';

const lifetimeMs = 10 * 60_000;
/** Who has not brought or finished anything for so long asks for a new ticket. */
const rememberedMs = 3600_000;

/** A picture that an attempt has made and wants to bring. */
export interface ExpectedUpload {
  attemptId: string;
  nodeId: string;
  sha256: string;
  bytes: number;
  mediaType: string;
  width: number;
  height: number;
  /** Whether it is a clip, which is not stored pixel by pixel. */
  isClip?: boolean;
}

/** A picture that lies in the store, checked. */
export type StoredUpload = ExpectedUpload & CheckedPicture;

export class UploadTickets {
  /** A new key each time: after a restart agents ask for new tickets anyhow. */
  private readonly key = randomBytes(32);
  private readonly expected = new Map<string, ExpectedUpload & { at: number }>();
  private readonly stored = new Map<string, StoredUpload>();

  constructor(
    /** `https://host:port` of the listener, as agents reach it. */
    private readonly origin: () => string,
  ) {}

  /** The right to store exactly this file. */
  issue(upload: ExpectedUpload): agentProto.UploadTicket {
    const { attemptId } = upload;
    const expiresAt = new Date(Date.now() + lifetimeMs);
    this.expected.set(attemptId, { ...upload, at: monotonicMs() });
    return {
      attemptId,
      url: `${this.origin()}/uploads/${attemptId}`,
      authorization: `Bearer ${signTicket({ ...upload, expiresAt }, this.key)}`,
      expiresAt,
    };
  }

  /** What `nodeId` may store with this ticket. Throws `unauthenticated`, or `conflict` when nobody waits for it any more. */
  admit(nodeId: string, attemptId: string, authorization: string): ExpectedUpload {
    const ticket = verifyTicket(/^Bearer (.+)$/.exec(authorization)?.[1] ?? '', this.key);
    if (ticket.attemptId !== attemptId || ticket.nodeId !== nodeId)
      throw new AtelierError('unauthenticated', 'The upload ticket was given to another attempt or node.');
    const expected = this.expected.get(attemptId);
    if (expected?.sha256 !== ticket.sha256 || expected.bytes !== ticket.bytes)
      throw new AtelierError('conflict', `Nobody waits for this picture of attempt ${attemptId} any more.`);
    return expected;
  }

  /** The file of an upload was checked and kept. */
  complete(upload: ExpectedUpload, picture: CheckedPicture): void {
    this.stored.set(upload.attemptId, { ...upload, ...picture });
  }

  /** The checked picture of an attempt, once it lies in the store. */
  find(nodeId: string, attemptId: string): StoredUpload | undefined {
    const found = this.stored.get(attemptId);
    return found?.nodeId === nodeId ? found : undefined;
  }

  /** It was decided on the picture of an attempt. */
  forget(attemptId: string): void {
    this.expected.delete(attemptId);
    this.stored.delete(attemptId);
  }

  /** Forgets what nobody has come back for. */
  forgetStale(): void {
    for (const [attemptId, { at }] of this.expected) if (monotonicMs() - at > rememberedMs) this.forget(attemptId);
  }

  /** Whether a file of this content is on its way. */
  awaits(sha256: string): boolean {
    return [...this.expected.values()].some((upload) => upload.sha256 === sha256);
  }
}
