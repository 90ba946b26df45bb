/** A page that nobody looks at paints nothing. */
const unpaintedMs = 500;

/** Runs `action` once, after the browser has painted what is drawn now. */
export function afterPaint(action: () => void): void {
  let ran = false;
  const run = () => {
    if (!ran) action();
    ran = true;
  };
  requestAnimationFrame(() => setTimeout(run));
  setTimeout(run, unpaintedMs);
}
