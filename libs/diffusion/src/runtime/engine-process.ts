/**
 * The engine's process: one per slot, because ONNX Runtime blocks its thread, cannot be interrupted inside a run, and a
 * native crash must cost one attempt only. It ends with its parent, or when that lets go of the IPC channel.
 */
import { createRenderer } from '../pipelines/renderer.js';
import type { Renderer, RenderHooks } from '../pipelines/types.js';
import { EngineError, toEngineError } from './engine-error.js';
import { endWithParent } from './lifeline.js';
import { watchPeak } from './peak-memory.js';
import type { FromEngine, ToEngine } from './protocol.js';

const send = (message: FromEngine) => void process.send?.(message);

let renderer: Renderer | undefined;
let current: { run: number; cancel: AbortController; watch(wanted: boolean): void } | undefined;

endWithParent();
process.on('disconnect', () => process.exit(0));
// A terminal's Ctrl-C goes to the whole group: the parent decides when its engine ends.
process.on('SIGINT', () => {});

process.on('message', (message: ToEngine) => {
  switch (message.type) {
    case 'start':
      return void answer(0, async () => {
        renderer = await createRenderer(message.options);
        send({ type: 'ready', device: renderer.device });
      });
    case 'render':
      return void answer(message.run, () => render(message));
    case 'previews':
      if (current?.run === message.run) current.watch(message.wanted);
      return;
    case 'cancel':
      if (current?.run === message.run) current.cancel.abort();
      return;
    case 'release':
      return void answer(message.run, async () => {
        await renderer?.release();
        send({ type: 'done', run: message.run, result: null, loaded: [] });
      });
  }
});

async function render({ run, request, previews }: Extract<ToEngine, { type: 'render' }>) {
  if (!renderer) throw new EngineError('invalid_request', 'the engine was asked to render before it had started');
  const cancel = new AbortController();
  const hooks: RenderHooks = {
    signal: cancel.signal,
    onProgress: (progress) => send({ type: 'progress', run, progress }),
  };
  current = {
    run,
    cancel,
    watch: (wanted) => {
      hooks.onPreview = wanted ? (preview) => send({ type: 'preview', run, preview }) : undefined;
    },
  };
  current.watch(previews);
  try {
    const peak = watchPeak();
    const result = await renderer.render(request, hooks);
    send({ type: 'done', run, result: { ...result, peakBytes: peak() }, loaded: renderer.loaded });
  } finally {
    current = undefined;
  }
}

async function answer(run: number, work: () => Promise<void>) {
  try {
    await work();
  } catch (error) {
    const { code, message } = toEngineError(error, 'crashed', 'the run failed');
    send({ type: 'failed', run, code, message });
  }
}
