import { join } from 'node:path';
import {
  openCheckpoint,
  requireComponent,
  type Checkpoint,
  type Component,
  type NetworkSource,
} from '../checkpoint/checkpoint.js';
import { describeCheckpoint, type CheckpointDescription } from '../checkpoint/describe.js';
import type { JsonObject } from '../checkpoint/json.js';
import { openVae } from '../checkpoint/single-file/open-network.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model } from '../graph/graph.js';
import { loadLoras, type LoadedLoras, type LoraTargets } from '../lora/load.js';
import { readClipTextConfig, type ClipTextConfig } from '../networks/clip-text-config.js';
import { clipText } from '../networks/clip-text.js';
import { readUnetConfig, type UnetConfig } from '../networks/unet-config.js';
import { unet } from '../networks/unet.js';
import { readVaeConfig, type VaeConfig } from '../networks/vae-config.js';
import { vaeDecoder } from '../networks/vae.js';
import type { Target } from '../networks/weights.js';
import { ClipTokenizer } from '../prompt/tokenizer.js';
import type { Session } from '../runtime/session.js';
import type { SessionCache } from '../runtime/session-cache.js';
import type { RenderRequest } from './types.js';

/** Configuration and weights of a network; the weights are read when it is loaded. */
interface Network<Config> {
  config: Config;
  weights: WeightSet;
  path: string;
}

/** Files of a checkpoint beside those of its networks. */
const CONFIGURATION = ['', 'model_index.json', 'scheduler/scheduler_config.json', 'tokenizer/vocab.json'];

/** What a model consists of: a checkpoint, perhaps with another VAE, and with LoRAs. */
export type ModelRequest = Pick<RenderRequest, 'checkpoint' | 'vae' | 'loras'>;

/** A model whose configuration is read; its networks are loaded when they are first needed. */
export class DiffusionModel {
  private constructor(
    /** What it was read from. */
    readonly files: readonly string[],
    readonly description: CheckpointDescription,
    readonly tokenizer: ClipTokenizer,
    private readonly text: Network<ClipTextConfig>,
    private readonly denoiser: Network<UnetConfig>,
    private readonly autoencoder: Network<VaeConfig>,
    private readonly loras: LoadedLoras,
    private readonly sessions: SessionCache,
    private readonly target: Target,
  ) {}

  /** Reads the configuration of a model. Throws CheckpointError and InputError. */
  static async open(request: ModelRequest, sessions: SessionCache, target: Target): Promise<DiffusionModel> {
    const checkpoint = await openCheckpoint(request.checkpoint);
    const part = (name: string) => requireComponent(checkpoint, name);
    const [text, denoiser, autoencoder] = await Promise.all([
      openNetwork(part('text_encoder'), readClipTextConfig),
      openNetwork(part('unet'), readUnetConfig),
      openNetwork(await vaeOf(request, checkpoint), readVaeConfig),
    ]);
    const loras = await loadLoras(request.loras ?? [], loraTargets(denoiser, text));
    return new DiffusionModel(
      [
        ...CONFIGURATION.map((file) => join(request.checkpoint, file)),
        ...filesOf(text, denoiser, autoencoder),
        ...loras.files,
      ],
      await describeCheckpoint(request.checkpoint),
      await openTokenizer(part('tokenizer')),
      text,
      denoiser,
      autoencoder,
      loras,
      sessions,
      target,
    );
  }

  get textConfig(): ClipTextConfig {
    return this.text.config;
  }

  get unetConfig(): UnetConfig {
    return this.denoiser.config;
  }

  get vaeConfig(): VaeConfig {
    return this.autoencoder.config;
  }

  /** What the user should know about the model. */
  get warnings(): readonly string[] {
    return this.loras.warnings;
  }

  /** Tells the text encoder with its LoRAs from every other. */
  get textIdentity(): string {
    return `${this.text.weights.identity}\n${this.loras.identity}`;
  }

  /** Tells the VAE from every other. */
  get vaeIdentity(): string {
    return this.autoencoder.weights.identity;
  }

  /** The text encoder, with an output for each number of layers to leave out at its end. */
  textEncoder(skips: readonly number[]): Promise<Session> {
    const options = { skips, normalize: true, target: this.target, changes: this.loras.changes.text_encoder };
    const variant = `text_encoder ${skips.join()}`;
    return this.session(variant, this.text, () => clipText(this.text.config, this.text.weights, options), true);
  }

  unet(): Promise<Session> {
    const options = { target: this.target, changes: this.loras.changes.unet };
    return this.session('unet', this.denoiser, () => unet(this.denoiser.config, this.denoiser.weights, options), true);
  }

  vaeDecoder(): Promise<Session> {
    const { config, weights } = this.autoencoder;
    return this.session('vae_decoder', this.autoencoder, () => vaeDecoder(config, weights, { target: this.target }));
  }

  private session(variant: string, from: Network<unknown>, build: () => Model, withLoras = false): Promise<Session> {
    const { weights, path } = from;
    const key = [variant, weights.identity, withLoras ? this.loras.identity : ''].join('\n');
    return this.sessions.get({ key, network: variant.split(' ')[0]!, source: path, bytes: memoryOf(weights), build });
  }
}

/** The VAE that a model is asked for; where that does not say how its latents are scaled, as the checkpoint's own are. */
async function vaeOf({ vae }: ModelRequest, checkpoint: Checkpoint): Promise<NetworkSource> {
  const own = checkpoint.components.get('vae');
  return vae === undefined ? requireComponent(checkpoint, 'vae') : openVae(vae, await own?.readConfig());
}

function openTokenizer({ path, padToken }: Component): Promise<ClipTokenizer> {
  return ClipTokenizer.fromFolder(path, padToken);
}

async function openNetwork<Config>(
  source: NetworkSource,
  read: (json: JsonObject, source: string) => Config,
): Promise<Network<Config>> {
  const { path } = source;
  return { config: read(await source.readConfig(), path), weights: await source.openWeights(), path };
}

/** The files of networks: their configuration, where it lies beside them, and their weights. */
function filesOf(...networks: Network<unknown>[]): string[] {
  return networks.flatMap(({ path, weights }) => [
    join(path, 'config.json'),
    ...new Set([...weights.tensors.values()].map((tensor) => tensor.path)),
  ]);
}

/** Memory that weights take when they are loaded in float32. */
function memoryOf({ tensors }: WeightSet): number {
  const elements = [...tensors.values()].map(({ shape }) => shape.reduce((product, n) => product * n, 4));
  return elements.reduce((sum, bytes) => sum + bytes, 0);
}

/** The modules of a model that LoRAs can change. */
function loraTargets(unet: Network<UnetConfig>, text: Network<ClipTextConfig>): LoraTargets {
  const levels = unet.config.levels;
  return {
    modules: [
      ...modulesOf(unet.weights).map((module) => ({ target: 'unet' as const, module })),
      ...modulesOf(text.weights).map((module) => ({ target: 'text_encoder' as const, module: withTextModel(module) })),
    ],
    layout: {
      layersPerBlock: levels[0]!.layers,
      upBlockHasAttention: levels.map(({ up }) => up !== null).reverse(),
    },
  };
}

function modulesOf({ tensors }: WeightSet): string[] {
  return [...tensors.keys()].filter((name) => name.endsWith('.weight')).map((name) => name.slice(0, -'.weight'.length));
}

/** Some files leave away the name of the text encoder itself. */
function withTextModel(module: string): string {
  return module.startsWith('text_model.') ? module : `text_model.${module}`;
}
