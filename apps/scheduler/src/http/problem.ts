/** Whatever went wrong, as the problem document that leaves the process: never a stack, never a path of this machine. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { AtelierError, toProblem, type Problem } from '@atelier/contracts';
import type { Logger } from '@atelier/telemetry';

/** An error as a problem. What is no error of the catalogue is a defect: it goes to the log, under the id that the answer tells. */
export function problemOf(error: unknown, logger: Logger): Problem & { traceId?: string } {
  if (error instanceof AtelierError) return toProblem(error);
  const traceId = randomUUID();
  logger.error({ err: error, traceId }, 'A request failed by a defect.');
  return {
    ...toProblem(new AtelierError('internal', `Something went wrong inside the scheduler; its log has ${traceId}.`)),
    traceId,
  };
}

/** Answers with a problem, if nothing was answered yet; else the connection is cut, so that nobody takes a part for the whole. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) return void response.destroy();
  response
    .writeHead(problem.status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    .end(JSON.stringify(problem));
}
