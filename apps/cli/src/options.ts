import { UsageError } from './errors.js';

/** The whole number that `text`, the value of `option`, stands for; throws a UsageError outside of `from` to `to`. */
export function wholeNumber(option: string, text: string, from: number, to = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  const allowed = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
  throw new UsageError(`${option} is "${text}"; it must be a whole number ${allowed}`);
}

/** A port; 0 stands for any free one. */
export const portNumber = (option: string, text: string) => wholeNumber(option, text, 0, 65_535);
