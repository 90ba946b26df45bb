import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Precision, Target } from '../networks/weights.js';
import type { EngineDevice, RendererOptions } from '../pipelines/types.js';
import { EngineError } from './engine-error.js';
import { proveGpu, SOFTWARE_MANIFESTS, type GpuProof } from './gpu-proof.js';
import { graphicsCards, type GraphicsCard } from './graphics-cards.js';
import type { MemoryLimit } from './session-cache.js';
import { bundledProviders, type SessionOptions } from './session.js';

/** What an engine computes on, how sessions are to be opened for it, and what networks are to be built for. */
export interface ChosenProvider {
  device: EngineDevice;
  options: SessionOptions;
  target: Target;
}

type Wanted = Required<Pick<RendererOptions, 'provider' | 'precision'>>;
type Choice = Omit<ChosenProvider, 'options'>;

/** Memory below which a card is left alone: SD 1.5 in half precision takes some 3 GB. */
const LEAST_CARD_BYTES = 4 * 2 ** 30;

/**
 * Chooses an execution provider, and proves that it computes. `auto` is a graphics card that computes rightly and faster
 * than the CPU and has the memory, else the CPU. Throws EngineError `unsupported` for what this machine cannot run.
 */
export async function chooseProvider(options: RendererOptions): Promise<ChosenProvider> {
  const { provider = 'auto', precision = 'auto', threads = availableParallelism() } = options;
  const bundled = await bundledProviders();
  if (provider !== 'auto' && !bundled.includes(provider)) {
    const known = bundled.join(', ');
    throw new EngineError('unsupported', `the engine has no provider "${provider}" here; it has ${known}`);
  }
  const choice = await choose({ provider, precision }, bundled.includes('webgpu'));
  return { ...choice, options: { provider: choice.target.provider, threads } };
}

async function choose({ provider, precision }: Wanted, hasWebgpu: boolean): Promise<Choice> {
  if (provider === 'cpu') return onCpu(precision, 'cpu was asked for');
  if (provider !== 'auto') return asAsked({ provider, precision });
  const [card, ...others] = hasWebgpu ? await graphicsCards() : [];
  if (!card) return onCpu(precision, 'no graphics card is seen that the engine could use');
  const proof = await proveGpu('webgpu', { onlyHardware: true });
  const fault = faultOf(card, proof, precision);
  if (fault !== null) return onCpu(precision, `${card.name} is left alone: ${fault}`);
  // Read by Vulkan's loader in this process: what was proved is what is opened.
  process.env.VK_LOADER_DRIVERS_DISABLE = SOFTWARE_MANIFESTS;
  const several = others.length > 0 ? `, the first of ${others.length + 1} cards that the driver names` : '';
  const why = `it multiplies ${proof.timesFaster!.toFixed(0)} times faster than the CPU${several}`;
  return onGpu('webgpu', precision, proof, card, why);
}

/** Why a card is not to be used; null where nothing speaks against it. */
function faultOf({ memoryBytes }: GraphicsCard, proof: GpuProof, precision: Wanted['precision']): string | null {
  if (proof.computes.length === 0) return `WebGPU does not run on it (${proof.error ?? 'no reason was given'})`;
  if (proof.software !== null) return `WebGPU opens ${proof.software}, which computes on the CPU, in its place`;
  if (precision === 'F16' && !proof.computes.includes('F16')) return 'it does not compute rightly in float16';
  if (memoryBytes === null) return 'nothing tells how much memory it has; --provider webgpu uses it all the same';
  if (memoryBytes < LEAST_CARD_BYTES)
    return `it has ${gigabytes(memoryBytes)}, and ${gigabytes(LEAST_CARD_BYTES)} are needed`;
  if (!((proof.timesFaster ?? 0) > 1)) return 'it is no faster than the CPU';
  return null;
}

async function asAsked({ provider, precision }: Wanted): Promise<Choice> {
  const [proof, [card]] = await Promise.all([proveGpu(provider, { onlyHardware: false }), graphicsCards()]);
  if (proof.computes.length === 0) {
    throw new EngineError(
      'unsupported',
      `the provider "${provider}" does not run on this machine: ${proof.error ?? 'no reason was given'}`,
    );
  }
  if (precision === 'F16' && !proof.computes.includes('F16')) {
    throw new EngineError(
      'unsupported',
      `the provider "${provider}" does not compute rightly in float16 here; use F32`,
    );
  }
  const device = proof.software === null ? card : undefined;
  return onGpu(provider, precision, proof, device, `${provider} was asked for`);
}

function onCpu(precision: Wanted['precision'], reason: string): Choice {
  if (precision === 'F16') {
    throw new EngineError(
      'unsupported',
      `float16 needs a graphics card, and the engine runs on the CPU here: ${reason}`,
    );
  }
  const name = cpus()[0]?.model.trim() ?? 'CPU';
  return {
    device: { provider: 'cpu', name, memoryBytes: mainMemory(), precision: 'F32', reason },
    target: { provider: 'cpu', precision: 'F32' },
  };
}

function onGpu(
  provider: string,
  wanted: Wanted['precision'],
  { computes, attention, software }: GpuProof,
  card: GraphicsCard | undefined,
  why: string,
): Choice {
  const precision: Precision = wanted === 'auto' ? computes.at(-1)! : wanted;
  const fusedAttention = attention.includes(precision);
  const name = card?.name ?? (software === null ? provider : `${software} on the CPU`);
  const computing = `${precision === 'F16' ? 'float16' : 'float32'}, attention ${fusedAttention ? "by the provider's own operator" : 'in parts, since its own operator is wrong here'}`;
  return {
    device: {
      provider,
      name,
      memoryBytes: card?.memoryBytes ?? mainMemory(),
      precision,
      reason: `${why}; ${computing}`,
    },
    target: { provider, precision, fusedAttention },
  };
}

/** Of a card's memory, what its driver, the desktop and buffers that the runtime keeps for itself may have. */
const KEPT_FREE_BYTES = 2 ** 30;

/** Memory that the networks of an engine may take on its device. */
export function memoryLimit({ provider, memoryBytes }: EngineDevice): MemoryLimit {
  if (provider === 'cpu') return { most: memoryBytes, free: availableMemory };
  // WebGPU of ONNX Runtime 1.30 keeps the weights of released sessions as long as another session is open.
  return { most: memoryBytes - KEPT_FREE_BYTES, comesBackAtOnce: provider === 'webgpu' };
}

const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Memory that this process may use: less than the machine has, where it is confined. */
function mainMemory(): number {
  const confined = process.constrainedMemory();
  return confined > 0 ? Math.min(confined, totalmem()) : totalmem();
}

/** Memory that this process could take now, bytes: what is free, or kept only to spare the disk. */
export function availableMemory(): number {
  return process.availableMemory();
}
