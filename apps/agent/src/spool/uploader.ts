/** Brings every spooled picture to the scheduler, a few at a time. */
import { agentProto } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import type { Credentials } from '@atelier/trust';
import type { Outgoing } from '../link/session.js';
import { Delivery, type DeliverySteps } from './delivery.js';
import { putPicture, type PutAnswer } from './put-picture.js';
import type { Spool, SpoolEntry } from './spool.js';

export interface UploaderOptions {
  spool: Spool;
  credentials: Credentials;
  send(message: Outgoing): void;
  /** The spool has become larger or smaller. */
  changed(): void;
  /** An upload began. */
  uploading(attemptId: string): void;
  log: Logger;
}

/** Uploads at the same time: enough to fill a line whose answers take their time, few enough to leave it to others. */
const parallelUploads = 4;

export class Uploader implements DeliverySteps {
  private readonly deliveries = new Map<string, Delivery>();
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly options: UploaderOptions) {
    for (const entry of options.spool.entries()) this.deliver(entry);
  }

  /** Spools a finished picture and starts to deliver it. Rejects where the disk takes it not. */
  async add(entry: SpoolEntry, file: Uint8Array): Promise<void> {
    await this.options.spool.add(entry, file);
    this.options.changed();
    this.deliver(entry);
  }

  giveTicket(ticket: agentProto.UploadTicket): void {
    this.deliveries.get(ticket.attemptId)?.giveTicket(ticket);
  }

  /** The scheduler has decided on the attempt: its picture leaves the spool. */
  async drop(attemptId: string): Promise<void> {
    this.deliveries.get(attemptId)?.end();
    this.deliveries.delete(attemptId);
    const { spool, changed, log } = this.options;
    // A picture that stays on the disk is listed again after a restart, and dropped then.
    await spool
      .remove(attemptId)
      .catch((error: Error) => log.error({ attemptId, why: error.message }, 'the spool keeps a picture'));
    changed();
  }

  /** Stops all deliveries; the pictures stay. */
  close(): void {
    for (const delivery of this.deliveries.values()) delivery.end();
    this.deliveries.clear();
  }

  askForTicket(entry: SpoolEntry): void {
    this.options.send({ $case: 'uploadTicketRequest', value: ticketRequest(entry) });
  }

  async put(entry: SpoolEntry, ticket: agentProto.UploadTicket, signal: AbortSignal): Promise<PutAnswer> {
    const { spool, credentials, uploading } = this.options;
    await this.enter();
    try {
      signal.throwIfAborted();
      uploading(entry.uploaded.attemptId);
      const path = spool.picturePath(entry.uploaded.attemptId);
      return await putPicture({ ticket, credentials, path, bytes: entry.bytes, mediaType: entry.mediaType, signal });
    } finally {
      this.leave();
    }
  }

  reportUploaded(uploaded: agentProto.AttemptUploaded): void {
    this.options.send({ $case: 'attemptUploaded', value: uploaded });
  }

  async refused({ uploaded: { attemptId } }: SpoolEntry, why: string): Promise<void> {
    const cause = agentProto.FailureCause.FAILURE_CAUSE_CORRUPT_OUTPUT;
    this.options.log.error({ attemptId, why }, 'the scheduler refused a picture');
    this.options.send({ $case: 'attemptFailed', value: { attemptId, cause, message: why } });
    await this.drop(attemptId);
  }

  tryFailed({ uploaded: { attemptId } }: SpoolEntry, why: string): void {
    this.options.log.warn({ attemptId, why }, 'an upload failed and will be tried again');
  }

  private deliver(entry: SpoolEntry): void {
    const { attemptId } = entry.uploaded;
    const delivery = new Delivery(entry, this);
    this.deliveries.get(attemptId)?.end();
    this.deliveries.set(attemptId, delivery);
    delivery.run().catch((error: Error) => this.options.log.error({ attemptId, error }, 'a delivery broke off'));
  }

  private async enter(): Promise<void> {
    if (this.running >= parallelUploads) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
  }

  // The place is handed on, so that nobody slips in between.
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}

/** How the scheduler is told of a picture that waits. */
export function ticketRequest({ uploaded, bytes, mediaType }: SpoolEntry): agentProto.UploadTicketRequest {
  return { attemptId: uploaded.attemptId, sha256: uploaded.sha256, bytes, mediaType };
}
