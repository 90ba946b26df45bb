import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@atelier/telemetry';

/** Nest's own words in our log: what goes wrong at full volume, its narration of the start only for the curious. */
export function nestLogger(logger: Logger): LoggerService {
  const write =
    (level: 'error' | 'warn' | 'debug') =>
    (message: unknown, ...context: unknown[]) =>
      logger[level]({ context }, message instanceof Error ? message.message : String(message));
  return {
    log: write('debug'),
    debug: write('debug'),
    verbose: write('debug'),
    warn: write('warn'),
    error: write('error'),
  };
}
