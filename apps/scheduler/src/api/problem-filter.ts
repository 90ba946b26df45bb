import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { AtelierError } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';
import type { Request, Response } from 'express';
import { problemOf, sendProblem } from '../http/problem.js';
import { maximumTextBytes } from './requests.js';

/** Every error of a request leaves as a problem document. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    // The client left in the middle of its request: nobody reads an answer.
    if (request.destroyed && !request.complete) return;
    sendProblem(response, problemOf(translated(error, request), this.logger));
  }
}

/** Errors of the framework in the words of the catalogue. */
function translated(error: unknown, { method, path }: Request): unknown {
  if (error instanceof AtelierError || !(error instanceof Error)) return error;
  const status = error instanceof HttpException ? error.getStatus() : (error as { status?: number }).status;
  if (status === 413)
    return new AtelierError('payload_too_large', `The body is larger than ${maximumTextBytes} bytes.`);
  if (status === 415) return new AtelierError('unsupported_media', `The body cannot be read: ${error.message}.`);
  if (status === 404) return new AtelierError('not_found', `There is nothing at ${method} ${path}.`);
  if (status !== undefined && status >= 400 && status < 500)
    return new AtelierError('invalid_request', `The request cannot be read: ${error.message}.`);
  return error;
}
