import { availableParallelism, cpus, totalmem } from 'node:os';
import type { EngineDevice, RendererOptions } from '../pipelines/types.js';
import { Graph } from '../graph/graph.js';
import { add } from '../graph/operators.js';
import { EngineError } from './engine-error.js';
import { bundledProviders, openSession, type SessionOptions } from './session.js';

/** What an engine computes on, and how sessions are to be opened for it. */
export interface ChosenProvider {
  device: EngineDevice;
  options: SessionOptions;
}

/**
 * Chooses an execution provider and proves that it computes. `auto` is the CPU: it is the one whose numbers the golden
 * cases hold for. Throws EngineError `unsupported` for a provider that this machine cannot run.
 */
export async function chooseProvider({ provider = 'auto', threads }: RendererOptions): Promise<ChosenProvider> {
  const options = { provider: provider === 'auto' ? 'cpu' : provider, threads: threads ?? availableParallelism() };
  const bundled = await bundledProviders();
  if (!bundled.includes(options.provider)) {
    const known = bundled.join(', ');
    throw new EngineError('unsupported', `the engine has no provider "${provider}" here; it has ${known}`);
  }
  await prove(options);
  const reason =
    provider === 'auto'
      ? 'the CPU is the provider whose numbers are checked against the reference'
      : `${provider} was asked for`;
  return { options, device: { ...hardware(options.provider), reason } };
}

/** Adds two numbers: a provider without its driver or device fails here, and not in somebody's first picture. */
async function prove(options: SessionOptions): Promise<void> {
  const graph = new Graph();
  const x = graph.input('x', 'F32', [1]);
  graph.output('y', add(x, x), [1]);
  try {
    const session = await openSession(graph.toModel(), options);
    await session.run({ x: { data: Float32Array.of(1), shape: [1] } });
    await session.release();
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    throw new EngineError('unsupported', `the provider "${options.provider}" does not run on this machine: ${why}`);
  }
}

function hardware(provider: string): Omit<EngineDevice, 'reason'> {
  const name = provider === 'cpu' ? (cpus()[0]?.model.trim() ?? 'CPU') : provider;
  return { provider, name, memoryBytes: memoryBytes() };
}

/** Memory that this process may use: less than the machine has, where it is confined. */
function memoryBytes(): number {
  const confined = process.constrainedMemory();
  return confined > 0 ? Math.min(confined, totalmem()) : totalmem();
}

/** Memory that this process could take now, bytes: what is free, or kept only to spare the disk. */
export function availableMemory(): number {
  return process.availableMemory();
}
