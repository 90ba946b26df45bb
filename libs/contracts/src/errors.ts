/**
 * Every error that crosses an edge of the farm: a stable code, when it is thrown and what to do about it.
 * HTTP answers are RFC 9457 problem documents; gRPC answers carry the code in their message.
 */
import { status } from '@grpc/grpc-js';

interface CatalogueEntry {
  /** When it is thrown. */
  readonly when: string;
  /** What whoever meets it should do. */
  readonly remedy: string;
  readonly http: number;
  readonly grpc: status;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
}

const entry = (http: number, grpc: status, when: string, remedy: string, retryable = false): CatalogueEntry => ({
  when,
  remedy,
  http,
  grpc,
  retryable,
});

export const errorCatalogue = {
  invalid_batch: entry(
    400,
    status.INVALID_ARGUMENT,
    'The batch does not follow the schema.',
    'Correct the field that the message names; docs/batch-format.md has the format.',
  ),
  invalid_request: entry(
    400,
    status.INVALID_ARGUMENT,
    'A parameter, header or body of a call is malformed.',
    'Correct what the message names.',
  ),
  unknown_model: entry(
    422,
    status.FAILED_PRECONDITION,
    'A model, LoRA or VAE of the batch is in no folder of ATELIER_MODELS.',
    'List what there is with `atelier models`.',
  ),
  model_mismatch: entry(
    422,
    status.FAILED_PRECONDITION,
    'What the batch gives does not go with its checkpoint: an addition is for another family, an image is missing or not looked at.',
    'Give the checkpoint what the message names, or take another one; `atelier models` tells their families.',
  ),
  unknown_sampler: entry(
    400,
    status.INVALID_ARGUMENT,
    'The sampler is none of the list.',
    'Take one of those that the message names.',
  ),
  batch_too_large: entry(
    413,
    status.INVALID_ARGUMENT,
    'The matrix makes more tasks than a job may have.',
    'Split the batch.',
  ),
  output_name_collision: entry(
    422,
    status.INVALID_ARGUMENT,
    'Two pictures of the batch would get the same file name, or a name leaves its folder.',
    'Put {index} or {seed} into output.name.',
  ),
  no_capable_node: entry(
    422,
    status.FAILED_PRECONDITION,
    'No present or known node could ever run the batch.',
    'Add a node that can, or change the model.',
  ),
  not_found: entry(404, status.NOT_FOUND, 'What the path names does not exist.', 'Check the id.'),
  conflict: entry(
    409,
    status.ABORTED,
    'The state of the object does not allow the change.',
    'Read the object again and decide anew.',
  ),
  idempotency_mismatch: entry(
    409,
    status.ALREADY_EXISTS,
    'The Idempotency-Key was used with another body within 24 hours.',
    'Use a new key for a new request.',
  ),
  payload_too_large: entry(
    413,
    status.RESOURCE_EXHAUSTED,
    'The body is larger than the limit.',
    'Upload files as assets and name them by hash.',
  ),
  unsupported_media: entry(
    415,
    status.INVALID_ARGUMENT,
    'The file is not of a type that is taken here.',
    'Send PNG, JPEG or WebP.',
  ),
  content_withheld: entry(
    403,
    status.PERMISSION_DENIED,
    'The safety checker found in the picture what should not be shown.',
    'Nothing: its result stays, its file is not served.',
  ),
  forbidden_origin: entry(
    403,
    status.PERMISSION_DENIED,
    'The Host or Origin header is not one that this farm answers to.',
    'Open the page under its own address.',
  ),
  unauthenticated: entry(
    401,
    status.UNAUTHENTICATED,
    'The token or certificate is missing, wrong, used up or expired.',
    'Ask the operator for a new token: `atelier token`.',
  ),
  permission_denied: entry(
    403,
    status.PERMISSION_DENIED,
    'The role of the caller does not include this.',
    'Ask the operator.',
  ),
  dial_back_failed: entry(
    502,
    status.UNAVAILABLE,
    'The scheduler could not reach the agent under the address it gave.',
    'Open the port in the firewall, or set --advertise.',
    true,
  ),
  superseded: entry(503, status.ABORTED, 'Another scheduler has taken the lead of the farm.', 'Ask that one.', true),
  unavailable: entry(
    503,
    status.UNAVAILABLE,
    'The scheduler starts, stops, or has lost its database.',
    'Try again.',
    true,
  ),
  storage_full: entry(
    507,
    status.RESOURCE_EXHAUSTED,
    'The disk of the picture store has no room for another file.',
    'Free some space: agents keep their pictures and bring them then.',
    true,
  ),
  internal: entry(500, status.INTERNAL, 'A defect of Atelier.', 'Report it with the trace id of the answer.'),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error of the catalogue. `message` is one sentence: what was wrong, where, and what is allowed. */
export class AtelierError extends Error {
  override readonly name = 'AtelierError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** JSON pointer or file position of the fault, where there is one. */
    readonly where?: string,
  ) {
    super(message);
  }
}

/** RFC 9457 problem document of an error. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  where?: string;
}

/** The problem document that an edge sends for `error`. */
export function toProblem(error: AtelierError): Problem {
  const { http, when } = errorCatalogue[error.code];
  return {
    type: `urn:atelier:error:${error.code}`,
    title: when,
    status: http,
    detail: error.message,
    code: error.code,
    ...(error.where === undefined ? {} : { where: error.where }),
  };
}

/** Status of a gRPC answer to `error`: `details` carries the code of the catalogue in front of the sentence. */
export function toGrpcStatus(error: AtelierError): { code: status; details: string } {
  return { code: errorCatalogue[error.code].grpc, details: `${error.code}: ${error.message}` };
}

/** The error of the catalogue in a gRPC answer; `unavailable` when the answer names none, as when there was no peer. */
export function fromGrpcStatus({ details }: { details: string }): AtelierError {
  const [, code, message] = /^([a-z_]+): (.*)$/s.exec(details) ?? [];
  if (code !== undefined && code in errorCatalogue) return new AtelierError(code as ErrorCode, message ?? '');
  return new AtelierError('unavailable', details);
}
