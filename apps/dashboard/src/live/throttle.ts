/**
 * Runs `action(key)` at most once per `intervalMs` for each key: at once when the key was quiet, else at the end of the
 * interval, so that the last call always counts.
 */
export function throttleByKey(intervalMs: number, action: (key: string) => void) {
  const waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; again: boolean }>();

  function run(key: string): void {
    action(key);
    const timer = setTimeout(() => {
      const again = waiting.get(key)?.again ?? false;
      waiting.delete(key);
      if (again) run(key);
    }, intervalMs);
    waiting.set(key, { timer, again: false });
  }

  return {
    call(key: string): void {
      const entry = waiting.get(key);
      if (entry) entry.again = true;
      else run(key);
    },
  };
}
