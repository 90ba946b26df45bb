/** One run on the engine, seen from outside: progress and previews for watchers, and an end to what does not end by itself. */
import type { Engine, RenderPreview, RenderProgress, RenderResult } from '@atelier/diffusion';
import { encodeJpeg, encodePng } from '@atelier/diffusion';
import type { AgentMetrics } from '@atelier/telemetry';
import type { TelemetryHub } from '../telemetry/telemetry.js';
import { kindOf, type StageTimes } from './stage-times.js';
import { renderLimits, Watchdog, type RenderLimits } from './watchdog.js';
import type { Work } from './work.js';

const previewEveryMs = 1_000;
/** Previews of more pixels go as JPEG: every watcher gets one a second, and at 512x512 PNG takes 500 kB, JPEG 35. */
const mostPngPixels = 128 * 128;

export interface Watchers {
  hub: TelemetryHub;
  metrics: AgentMetrics;
  /** How long runs took on this slot so far. */
  times: StageTimes;
}

/** Renders; rejects with EngineError. `onStage` hears when a stage begins. */
export async function renderWork(
  engine: Engine,
  work: Work,
  { hub, metrics, times }: Watchers,
  onStage: (stage: RenderProgress['stage']) => void,
  limits: RenderLimits = renderLimits,
): Promise<RenderResult> {
  const request = work.run.requestWith(work.run.assets.length === 0 ? new Map() : await work.brought());
  const kind = kindOf(request);
  const watchdog = new Watchdog(
    limits,
    { ...work.predicted, ...times.of(kind) },
    { onHang: () => engine.kill(), onPassed: (passed, seconds) => times.note(kind, passed, seconds) },
  );
  let deadline: NodeJS.Timeout | undefined;
  const onCancel = () => (deadline = setTimeout(() => engine.kill(), limits.cancelMs));
  work.signal.addEventListener('abort', onCancel, { once: true });
  const onWatchers = (wanted: boolean) => engine.watch(wanted);
  hub.on('previews', onWatchers);

  const steps = stepClock(metrics);
  let stage = '';
  const preview = previewSender(work, hub);
  try {
    const result = await engine.render(request, {
      signal: work.signal,
      onProgress(progress) {
        watchdog.progress(progress);
        if (progress.stage !== stage) onStage(progress.stage);
        stage = progress.stage;
        if (progress.stage === 'denoise') steps(progress.step);
        for (const attemptId of work.wanted) hub.publish({ $case: 'progress', value: { attemptId, ...progress } });
      },
      // Read when the run begins; later changes are told by `watch`.
      get onPreview() {
        return hub.previewsWanted ? preview : undefined;
      },
    });
    watchdog.finish();
    return result;
  } catch (error) {
    throw watchdog.hung ?? error;
  } finally {
    watchdog.stop();
    clearTimeout(deadline);
    work.signal.removeEventListener('abort', onCancel);
    hub.off('previews', onWatchers);
  }
}

/** Counts denoising steps and measures the time between them. */
function stepClock(metrics: AgentMetrics) {
  let last = { step: 0, at: performance.now() };
  return (step: number) => {
    const at = performance.now();
    if (step > last.step && last.step > 0) metrics.stepDuration.observe((at - last.at) / 1000 / (step - last.step));
    if (step > last.step) metrics.steps.inc(step - last.step);
    last = { step, at };
  };
}

/** Publishes previews, at most one a second for each picture. */
function previewSender(work: Work, hub: TelemetryHub) {
  const sentAt = new Map<string, number>();
  return ({ picture, ...image }: RenderPreview) => {
    const attemptId = work.leases[picture]?.attemptId;
    const now = performance.now();
    if (attemptId === undefined || !work.wanted.has(attemptId) || !hub.previewsWanted) return;
    if (now - (sentAt.get(attemptId) ?? -Infinity) < previewEveryMs) return;
    sentAt.set(attemptId, now);
    const [encode, mediaType] =
      image.width * image.height > mostPngPixels
        ? ([encodeJpeg, 'image/jpeg'] as const)
        : ([encodePng, 'image/png'] as const);
    encode(image).then(
      (file) => hub.publish({ $case: 'preview', value: { attemptId, image: file, mediaType } }),
      // A preview that cannot be made is no loss.
      () => undefined,
    );
  };
}
