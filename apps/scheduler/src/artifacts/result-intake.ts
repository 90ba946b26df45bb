/** From "the picture is made" to "it is decided": ticket, upload, commit, acknowledgement. */
import { renderKeys } from '@atelier/batch';
import { agentProto, AtelierError } from '@atelier/contracts';
import type { Artifacts, Outcomes, Results, ResultOp, TaskKey, Tasks } from '@atelier/store';
import type { Logger } from '@atelier/telemetry';
import type { AttemptReports } from '../dispatch/reports.js';
import type { DispatchWriter } from '../dispatch/writer.js';
import type { JobLibrary } from '../jobs/library.js';
import type { StoredUpload, UploadTickets } from './upload-tickets.js';

const { FailureCause } = agentProto;

export interface ResultIntakeParts {
  store: { tasks: Tasks; results: Results; artifacts: Artifacts };
  writer: Pick<DispatchWriter, 'commit'>;
  reports: AttemptReports;
  tickets: UploadTickets;
  library: JobLibrary;
  send(nodeId: string, message: NonNullable<agentProto.SessionRequest['message']>): void;
  /** A picture of these costs became the result of its task. */
  onAccepted(
    of: { jobId: string; nodeId: string; costKey: string; residencyKey: string },
    record: agentProto.AttemptRecord | undefined,
  ): void;
  logger: Logger;
}

type AttemptKey = TaskKey & { attemptId: string };

export class ResultIntake {
  constructor(private readonly parts: ResultIntakeParts) {}

  /** An agent wants to bring a picture: it gets a ticket, or the word that nobody wants it. */
  async ticketRequested(nodeId: string, wish: agentProto.UploadTicketRequest): Promise<void> {
    const { reports, tickets, library, send } = this.parts;
    const { attemptId, sha256, bytes, mediaType } = wish;
    // First of all and without waiting: the slot has a place again.
    const held = reports.rendered(nodeId, attemptId) ? reports.find(nodeId, attemptId) : undefined;
    const key = held ?? (await this.acceptable(nodeId, attemptId));
    if (!key) return this.acknowledge(nodeId, attemptId, await this.isWinner(attemptId));
    const expansion = await library.expansionOf(key.jobId);
    const expected = expansion.outputFormat === 'mp4' ? 'video/mp4' : `image/${expansion.outputFormat}`;
    if (mediaType !== expected) return this.reject(nodeId, attemptId, `It is ${mediaType} instead of ${expected}.`);
    const { width, height } = expansion.pictureSize(key.taskIndex);
    const isClip = expansion.request(key.taskIndex).frames !== undefined;
    const value = tickets.issue({ attemptId, nodeId, sha256, bytes, mediaType, width, height, isClip });
    send(nodeId, { $case: 'uploadTicket', value });
  }

  /** The file of an attempt is said to lie in the store. */
  async uploaded(
    nodeId: string,
    { attemptId, sha256, pixelSha256, record, withheld }: agentProto.AttemptUploaded,
  ): Promise<void> {
    const { tickets, reports, logger, onAccepted } = this.parts;
    const upload = tickets.find(nodeId, attemptId);
    const held = reports.find(nodeId, attemptId);
    const key = held
      ? { attemptId, jobId: held.jobId, taskIndex: held.taskIndex }
      : await this.acceptable(nodeId, attemptId);
    if (!key) return this.acknowledge(nodeId, attemptId, await this.isWinner(attemptId));
    if (upload?.sha256 !== sha256)
      return void logger.warn({ nodeId, attemptId }, 'A node says that it uploaded a picture which did not come.');
    // The frames of a clip are not what its file holds: they are compressed with loss.
    if (upload.isClip) upload.pixelSha256 = pixelSha256;
    if (upload.pixelSha256 !== pixelSha256)
      return this.reject(nodeId, attemptId, 'Its pixels are not those that were rendered.');

    const outcome = await this.commit(key, upload, record, withheld);
    if (!outcome) return this.reject(nodeId, attemptId, 'It cannot be stored.');
    reports.settled(key, outcome);
    tickets.forget(attemptId);
    this.acknowledge(nodeId, attemptId, outcome.accepted);
    if (!outcome.accepted) return this.recordOrphan(upload);
    const expansion = await this.parts.library.expansionOf(key.jobId);
    const { costKey, residencyKey } = renderKeys(expansion.request(key.taskIndex));
    onAccepted({ jobId: key.jobId, nodeId, costKey, residencyKey }, record);
  }

  private async commit(
    key: AttemptKey,
    upload: StoredUpload,
    record: agentProto.AttemptRecord | undefined,
    withheld: boolean,
  ) {
    const expansion = await this.parts.library.expansionOf(key.jobId);
    const { sha256, pixelSha256, mediaType, bytes, width, height } = upload;
    const op: ResultOp = {
      kind: 'result',
      ...key,
      sha256,
      pixelSha256,
      file: expansion.fileName(key.taskIndex),
      mediaType,
      bytes,
      width,
      height,
      seed: expansion.seedOf(key.taskIndex),
      prompt: expansion.promptOf(key.taskIndex),
      model: expansion.request(key.taskIndex).checkpoint?.name ?? '',
      withheld,
      record: record ? (agentProto.AttemptRecord.toJSON(record) as Record<string, unknown>) : {},
    };
    try {
      return await this.parts.writer.commit<'result'>(op);
    } catch (error) {
      if (!(error instanceof AtelierError && error.code === 'invalid_request')) throw error;
      this.parts.logger.error({ err: error, ...key }, 'A result cannot be stored.');
      return undefined as Outcomes['result'] | undefined;
    }
  }

  /** An attempt of this node that the dispatcher does not hold, if its result could be taken: it lapsed before a restart. */
  private async acceptable(nodeId: string, attemptId: string): Promise<AttemptKey | undefined> {
    const attempt = await this.parts.store.tasks.attempt(attemptId);
    if (attempt?.nodeId !== nodeId || attempt.state !== 'lapsed') return undefined;
    return { attemptId, jobId: attempt.jobId, taskIndex: attempt.taskIndex };
  }

  /** Whether the attempt's picture is its task's result already: the acknowledgement was lost. */
  private async isWinner(attemptId: string): Promise<boolean> {
    return (await this.parts.store.tasks.attempt(attemptId))?.state === 'succeeded';
  }

  private reject(nodeId: string, attemptId: string, why: string): void {
    const message = `The picture of this attempt was refused. ${why}`;
    this.parts.reports.failed(nodeId, { attemptId, cause: FailureCause.FAILURE_CAUSE_CORRUPT_OUTPUT, message });
    this.parts.tickets.forget(attemptId);
    this.acknowledge(nodeId, attemptId, false);
  }

  private acknowledge(nodeId: string, attemptId: string, accepted: boolean): void {
    this.parts.send(nodeId, { $case: 'acknowledgement', value: { attemptId, accepted } });
  }

  /** A picture that did not become a result has no row; with one, the sweep finds and deletes it. */
  private async recordOrphan({ sha256, bytes, mediaType, width, height }: StoredUpload): Promise<void> {
    await this.parts.store.artifacts.put({ sha256, kind: 'result', bytes, mediaType, width, height });
  }
}
