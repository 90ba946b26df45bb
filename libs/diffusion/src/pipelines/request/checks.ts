import { InputError } from '../../errors.js';

/** Throws InputError for a number that is not from `least` to `most`. */
export function checkNumber(name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new InputError(`${name} ${value} is not possible; allowed are numbers from ${least} to ${most}.`);
  }
}

/** Throws InputError for what is not a whole number from `least` to `most`. */
export function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InputError(`${name} ${value} is not possible; allowed are whole numbers from ${least} to ${most}.`);
  }
}
