import { pino, type Logger } from 'pino';

export type { Logger };

export interface LoggerOptions {
  /** Which part of the farm speaks, e.g. `scheduler`. */
  name: string;
  /** `trace`, `debug`, `info`, `warn`, `error` or `silent`. @default ATELIER_LOG, else 'info' */
  level?: string;
  /** File to append to, made with its folder. @default stderr */
  file?: string;
  /** Gets every line, too. */
  also?: { write(line: string): void };
}

/** Whatever is logged under these names is a secret. */
const secrets = ['token', 'secret', 'authorization', 'password', 'privateKey', 'databaseUrl'];

/** A logger of JSON lines on stderr or in a file; stdout belongs to what a command answers. */
export function createLogger({ name, level = process.env.ATELIER_LOG ?? 'info', file, also }: LoggerOptions): Logger {
  const destination = pino.destination({ dest: file ?? 2, mkdir: true, sync: true });
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secrets.flatMap((secret) => [secret, `*.${secret}`]), censor: '[secret]' },
    },
    also
      ? pino.multistream([
          { level: 'trace', stream: destination },
          { level: 'trace', stream: also },
        ])
      : destination,
  );
}
