import { AtelierError } from '@atelier/contracts';

/** SQLSTATEs: https://www.postgresql.org/docs/15/errcodes-appendix.html */
const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
/** Connection exceptions, shutdowns, too many connections; and what Prisma makes of them. */
const AWAY = /^(08|57P|53300|P1001|P1002|P1008|P1017|P2024)/;
/** Data exceptions and violated constraints: the values are at fault. */
const BAD_VALUES = /^(22|23)/;
const NETWORK = /^(ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;

function codeOf(error: unknown): string {
  const { code, meta } = error as { code?: unknown; meta?: { code?: unknown } };
  return String(meta?.code ?? code ?? '');
}

/** Whether the same transaction may well succeed if it is run again. */
export function isWorthRepeating(error: unknown): boolean {
  return [DEADLOCK, SERIALIZATION_FAILURE].includes(codeOf(error));
}

/** Whether the database refused what it was given, rather than being away. */
export function isBadValues(error: unknown): boolean {
  return BAD_VALUES.test(codeOf(error));
}

/** A lost database as `unavailable`; every other error as it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AtelierError) return error;
  const code = codeOf(error);
  const lost = /connection terminated|connection ended|closed the connection|cannot use a pool after/i.test(
    error.message,
  );
  if (!AWAY.test(code) && !NETWORK.test(code) && !lost) return error;
  return new AtelierError('unavailable', `The database does not answer (${error.message || code}).`);
}
