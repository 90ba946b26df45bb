/** Reads the profile that ONNX Runtime writes: what ran on the device, and for how long. */

export interface KernelTime {
  /** The operator, and the program where that is called otherwise. */
  name: string;
  /** Launches in one run. */
  count: number;
  seconds: number;
}

interface Event {
  cat?: string;
  name: string;
  /** Microseconds. */
  dur?: number;
}

/**
 * What the last of `runs` equal runs took on the device by operator, the longest first. The provider tells of each launch as
 * `NODE&OPERATOR&PROGRAM`.
 */
export function kernelTimes(text: string, runs: number): KernelTime[] {
  const launches = (JSON.parse(text) as Event[]).filter(({ cat }) => cat === 'Api');
  const last = launches.slice(launches.length - Math.floor(launches.length / runs));
  const times = new Map<string, KernelTime>();
  for (const { name, dur = 0 } of last) {
    const [, operator = name, program = operator] = name.split('&');
    const key = program === operator ? operator : `${operator} (${program})`;
    const time = times.get(key) ?? { name: key, count: 0, seconds: 0 };
    time.count++;
    time.seconds += dur / 1e6;
    times.set(key, time);
  }
  return [...times.values()].sort((a, b) => b.seconds - a.seconds);
}
