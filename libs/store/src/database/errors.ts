import { AtelierError } from '@atelier/contracts';

/** SQLSTATEs: https://www.postgresql.org/docs/15/errcodes-appendix.html */
const DEADLOCK = '40P01';
const SERIALIZATION_FAILURE = '40001';
/** Connection exceptions, shutdowns, too many connections; and what Prisma makes of them. */
const AWAY = /^(08|57P|53300|P1001|P1002|P1008|P1017|P2024)/;
/** Data exceptions and violated constraints: the values are at fault. */
const BAD_VALUES = /^(22|23)/;
/** Errors of the driver that have no code. */
const LOST_BY_MESSAGE =
  /connection terminated|connection ended|closed the connection|cannot use a pool after|timeout exceeded when trying to connect|query read timeout/i;
/** Wrong password, unknown role or database, no right to create what is needed. */
const REFUSED = /^(28|3D|42501)/;
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

/** Whether the connection broke, or none could be made. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof AtelierError) return false;
  const code = codeOf(error);
  return AWAY.test(code) || NETWORK.test(code) || LOST_BY_MESSAGE.test(error.message);
}

/** A lost database as `unavailable`; every other error as it is. */
export function translated(error: unknown): unknown {
  if (!isLost(error)) return error;
  return new AtelierError(
    'unavailable',
    `The database does not answer (${(error as Error).message || codeOf(error)}).`,
  );
}

/** Why a database could not be opened, in a sentence for who named it. */
export function refusalToOpen(error: unknown): unknown {
  const { message } = error as Error;
  if (!REFUSED.test(codeOf(error))) return error;
  return new AtelierError('invalid_request', `The PostgreSQL server refuses the connection: ${message}.`);
}
