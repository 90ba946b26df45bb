/**
 * The farm on loopback asks nobody to log in, so it must know that a request was meant for it: a page of another site in
 * the same browser can reach 127.0.0.1 too, by its own requests (Origin) or by a name that it points there (Host).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AtelierError, toProblem } from '@atelier/contracts';
import { sendProblem } from './problem.js';

/** The addresses of a server on loopback, as browsers write them in Host. */
export function loopbackHosts(port: number): string[] {
  return ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
}

/** Middleware that lets through only what names one of `allowed` as its Host and, where there is one, its Origin. */
export function hostGuard(allowed: ReadonlySet<string>) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { host, origin } = request.headers;
    if (host === undefined || !allowed.has(host.toLowerCase()))
      return refuse(response, `The Host "${host ?? ''}"`, allowed);
    if (origin !== undefined && !allowed.has(/^http:\/\/(.+)$/.exec(origin.toLowerCase())?.[1] ?? ''))
      return refuse(response, `The Origin "${origin}"`, allowed);
    next();
  };
}

function refuse(response: ServerResponse, what: string, allowed: ReadonlySet<string>): void {
  sendProblem(
    response,
    toProblem(
      new AtelierError(
        'forbidden_origin',
        `${what} is not this farm's: it answers to ${[...allowed].join(', ')} only.`,
      ),
    ),
  );
}
