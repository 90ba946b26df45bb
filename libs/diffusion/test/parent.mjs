// The parent of an engine, to be killed: says the engine's process id when a run has begun.
import { startEngine } from '../dist/index.js';

const engine = await startEngine({ provider: 'cpu', threads: 1 });
await engine.render(JSON.parse(process.argv[2]), {
  onProgress: ({ stage, step }) => stage === 'denoise' && step === 1 && process.send(engine.pid),
});
