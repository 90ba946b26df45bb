/** Milliseconds of a clock that never jumps: for leases, pace and everything that measures. Dates are for people only. */
export const monotonicMs = (): number => performance.now();
