import { join } from 'node:path';
import { openCheckpoint, requireComponent, type Checkpoint, type NetworkSource } from '../checkpoint/checkpoint.js';
import { describeCheckpoint, type CheckpointDescription } from '../checkpoint/describe.js';
import { refuseOtherPipelines } from '../checkpoint/refused-pipelines.js';
import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import { readText } from '../checkpoint/json.js';
import { openMotionAdapter } from '../checkpoint/motion-adapter.js';
import { openVae } from '../checkpoint/single-file/open-network.js';
import { elementsOf, type TensorLocation } from '../checkpoint/weight-files.js';
import type { Model } from '../graph/graph.js';
import { loadLoras, type LoadedLoras } from '../lora/load.js';
import { loraTargets } from '../lora/targets.js';
import { readAutoencoderConfig } from '../networks/autoencoder-config.js';
import { readClipTextConfig, type ClipTextConfig } from '../networks/clip-text-config.js';
import { clipText } from '../networks/clip-text.js';
import type { Footprint } from '../networks/run-memory.js';
import { readMotionConfig, type MotionConfig } from '../networks/motion-config.js';
import { withImageAdapters, withMotion } from '../networks/unet-addons.js';
import { readUnetConfig, type UnetConfig } from '../networks/unet-config.js';
import { unet, type UnetOptions } from '../networks/unet.js';
import { tinyVaeDecoder, tinyVaeEncoder, type TinyVaeConfig } from '../networks/tiny-vae.js';
import type { VaeConfig } from '../networks/vae-config.js';
import { vaeDecoder, vaeEncoder } from '../networks/vae.js';
import type { Target } from '../networks/weights.js';
import { decoderWorkspace, encoderWorkspace, textWorkspace } from '../networks/workspace.js';
import { loadEmbeddings, type LoadedEmbeddings } from '../prompt/load-embeddings.js';
import { ClipTokenizer } from '../prompt/tokenizer.js';
import type { Session } from '../runtime/session.js';
import type { SessionCache } from '../runtime/session-cache.js';
import { parseSchedulerConfig, type SchedulerConfig } from '../samplers/scheduler-config.js';
import { openImageAdapter, type ImageAdapter } from './image-adapter.js';
import { tensorsOfFiles } from './name-culprit.js';
import type { TextEncoder, TextEncoderName } from './text-encoder.js';
import { memoryOf, openNetwork, type Network } from './open-network.js';
import type { RenderRequest } from './types.js';

/** A text encoder with its tokenizer. */
interface Text extends Network<ClipTextConfig> {
  name: TextEncoderName;
  tokenizer: ClipTokenizer;
}

const TEXT_ENCODERS = [
  { name: 'text_encoder', tokenizer: 'tokenizer' },
  { name: 'text_encoder_2', tokenizer: 'tokenizer_2' },
] as const;

/** Texts that an encoder usually reads at once, chunks counted: prompts and negative prompts of some pictures. */
const TEXTS_AT_ONCE = 8;

/** Files of a checkpoint beside those of its networks. */
const CONFIGURATION = [
  '',
  'model_index.json',
  'scheduler/scheduler_config.json',
  'tokenizer/vocab.json',
  'tokenizer_2/vocab.json',
];

/** What a model consists of: a checkpoint, perhaps with another VAE, with LoRAs, textual inversions and parts of the U-Net. */
export interface ModelRequest extends Pick<RenderRequest, 'checkpoint' | 'vae' | 'loras' | 'embeddings'> {
  /** IP-Adapters: each is told pictures. */
  imageAdapters?: readonly string[];
  /** Motion modules: with them the model draws clips. */
  motion?: string;
  /** Whether pictures go on at their other side. @default false */
  seamless?: boolean;
}

/** A model whose configuration is read; its networks are loaded when they are first needed. */
export class DiffusionModel {
  private constructor(
    /** What it was read from. */
    readonly files: readonly string[],
    readonly description: CheckpointDescription,
    /** Whether an absent negative prompt is told as zeros; else it is told as an empty one. */
    readonly zerosForAbsence: boolean,
    /** Whether a picture that it changes is shown in latents as they are drawn: of CosXL. */
    readonly scalesEditedPicture: boolean,
    private readonly texts: readonly Text[],
    private readonly denoiser: Network<UnetConfig>,
    private readonly autoencoder: Network<VaeConfig | TinyVaeConfig>,
    private readonly loras: LoadedLoras,
    private readonly embeddings: LoadedEmbeddings<TextEncoderName>,
    /** IP-Adapters of the U-Net. */
    readonly imageAdapters: readonly ImageAdapter[],
    /** Motion modules of the U-Net; undefined where it draws pictures that stand still. */
    readonly motion: MotionConfig | undefined,
    /** How upscalers put noise on the picture that they enlarge; undefined for all others. */
    readonly lowResolutionNoise: SchedulerConfig | undefined,
    private readonly sessions: SessionCache,
    private readonly target: Target,
  ) {}

  /** Reads the configuration of a model. Throws CheckpointError and InputError. */
  static async open(request: ModelRequest, sessions: SessionCache, target: Target): Promise<DiffusionModel> {
    const checkpoint = await openCheckpoint(request.checkpoint);
    refuseOtherPipelines(checkpoint);
    const part = (name: string) => requireComponent(checkpoint, name);
    const [texts, still, autoencoder] = await Promise.all([
      openTexts(checkpoint),
      openNetwork(part('unet'), readUnetConfig),
      openNetwork(await vaeOf(request, checkpoint), readAutoencoderConfig),
    ]);
    const { denoiser, imageAdapters, motion } = await withAddons(still, request);
    const loras = await loadLoras(request.loras ?? [], loraTargets(denoiser, texts));
    const takers = texts.map(({ name, config: { vocabulary, width } }) => ({ name, vocabulary, width }));
    const embeddings = await loadEmbeddings(request.embeddings ?? [], takers);
    return new DiffusionModel(
      [
        ...CONFIGURATION.map((file) => join(request.checkpoint, file)),
        ...filesOf(...texts, denoiser, autoencoder),
        ...loras.files,
        ...embeddings.files,
      ],
      await describeCheckpoint(request.checkpoint),
      checkpoint.index.force_zeros_for_empty_prompt === true,
      checkpoint.index.is_cosxl_edit === true,
      texts.map((text) => ({ ...text, tokenizer: text.tokenizer.withWords(embeddings.added[text.name].words) })),
      denoiser,
      autoencoder,
      loras,
      embeddings,
      imageAdapters,
      motion,
      await lowResolutionNoise(checkpoint),
      sessions,
      { ...target, ...(request.seamless && { seamless: true }) },
    );
  }

  /** What its networks are loaded into, for networks that are used with it. */
  get runtime(): [SessionCache, Target] {
    return [this.sessions, this.target];
  }

  /** Its text encoders, in the order in which their vectors lie beside each other. */
  get textEncoders(): TextEncoder[] {
    return this.texts.map((text) => this.textEncoder(text));
  }

  /** How many numbers SDXL is told of a picture: its refiner has a score where the others have the size aimed at. */
  get sizesTold(): number {
    const { added } = this.unetConfig;
    const pooled = this.texts.at(-1)!.config.projectionWidth ?? 0;
    return added ? (added.width - pooled) / added.timeChannels : 0;
  }

  /** Layers that can be left out at the end of its text encoders. */
  get deepestClipSkip(): number {
    const alreadyOut = this.unetConfig.added === null ? 1 : 2;
    return Math.min(...this.texts.map(({ config }) => config.layers)) - alreadyOut;
  }

  /** Every tensor that its networks compute with. */
  async tensors(): Promise<TensorLocation[]> {
    const networks = [...this.texts, this.denoiser, this.autoencoder];
    const own = networks.flatMap(({ weights }) => [...weights.tensors.values()]);
    return [...own, ...(await tensorsOfFiles(this.loras.files))];
  }

  /** What decides how much memory its runs take. */
  get footprint(): Footprint {
    return {
      weights: {
        texts: this.texts.reduce((sum, { weights }) => sum + elementsOf(weights), 0),
        unet: elementsOf(this.denoiser.weights),
        vae: elementsOf(this.autoencoder.weights),
      },
      texts: this.texts.map(({ config }) => config),
      ...{ unet: this.unetConfig, vae: this.vaeConfig, sizeMultiple: this.description.sizeMultiple },
      distilled: this.unetConfig.time.conditionWidth !== null,
    };
  }

  /** What its autoencoder is built for: in float32 where half precision is too coarse for it. */
  private get vaeTarget(): Target {
    const { vaeConfig: config, target } = this;
    return 'forceUpcast' in config && config.forceUpcast ? { ...target, precision: 'F32' } : target;
  }

  get unetConfig(): UnetConfig {
    return this.denoiser.config;
  }

  get vaeConfig(): VaeConfig | TinyVaeConfig {
    return this.autoencoder.config;
  }

  /** What the user should know about the model. */
  get warnings(): readonly string[] {
    return [...this.loras.warnings, ...this.embeddings.warnings];
  }

  /** Tells the VAE from every other. */
  get vaeIdentity(): string {
    return this.autoencoder.weights.identity;
  }

  /**
   * @param inputs what it takes beside the usual
   * @param memory what its next run takes beside its weights, bytes
   */
  unet(inputs: Pick<UnetOptions, 'residuals' | 'features'> = {}, memory = 0): Promise<Session> {
    const { config, weights } = this.denoiser;
    const options: UnetOptions = {
      ...{ target: this.target, changes: this.loras.changes.unet, ...inputs },
      images: this.imageAdapters.map((adapter) => adapter.config.width),
      ...(this.motion && { motion: this.motion }),
    };
    const variant = ['unet', ...(inputs.residuals ? ['residuals'] : []), ...(inputs.features ? ['features'] : [])];
    return this.session(variant.join(' '), this.denoiser, memory, () => unet(config, weights, options), true);
  }

  /**
   * Gives `moments`; that of a small autoencoder `latents`.
   *
   * @param height and width of what is encoded next, pixels
   */
  vaeEncoder(height = 0, width = 0): Promise<Session> {
    const { weights, config } = this.autoencoder;
    const options = { target: this.vaeTarget };
    return this.session('vae_encoder', this.autoencoder, encoderWorkspace(config, height, width), () =>
      'levels' in config ? vaeEncoder(config, weights, options) : tinyVaeEncoder(config, weights, options),
    );
  }

  /** @param height and width of what is decoded next, pixels */
  vaeDecoder(height = 0, width = 0): Promise<Session> {
    const { weights, config } = this.autoencoder;
    const options = { target: this.vaeTarget };
    return this.session('vae_decoder', this.autoencoder, decoderWorkspace(config, height, width), () =>
      'levels' in config ? vaeDecoder(config, weights, options) : tinyVaeDecoder(config, weights, options),
    );
  }

  /**
   * SDXL takes what the encoders say before their last layer as it is; the others take what the last one says, through
   * the final normalization.
   */
  private textEncoder(text: Text): TextEncoder {
    const { name, config, weights, tokenizer } = text;
    const beforeLast = this.unetConfig.added !== null;
    const skipped = (clipSkip: number) => (beforeLast ? clipSkip + 1 : clipSkip);
    const changes = this.loras.changes[name];
    const added = this.embeddings.added[name].vectors;
    const { identity } = this.embeddings;
    return {
      ...{ name, config, tokenizer },
      identity: `${name} ${weights.identity}\n${this.loras.identity}${identity}`,
      outputOf: (clipSkip) => `hidden.${skipped(clipSkip)}`,
      load: (clipSkips) => {
        const options = { skips: clipSkips.map(skipped), normalize: !beforeLast, target: this.target, changes, added };
        return this.session(
          `${name} ${options.skips.join()}\n${identity}`,
          text,
          textWorkspace(config, TEXTS_AT_ONCE),
          () => clipText(config, weights, options),
          true,
        );
      },
    };
  }

  private session(
    variant: string,
    { weights, path }: Network<unknown>,
    workspace: number,
    build: () => Model,
    withLoras = false,
  ): Promise<Session> {
    const wrapped = this.target.seamless ? 'seamless' : '';
    const key = [variant, weights.identity, withLoras ? this.loras.identity : '', wrapped].join('\n');
    const network = variant.split(' ')[0]!;
    const target = network.startsWith('vae') ? this.vaeTarget : this.target;
    return this.sessions.get({ key, network, source: path, bytes: memoryOf(weights, target), workspace, build });
  }
}

/** A U-Net with the parts that a request adds to it. Throws CheckpointError and InputError. */
async function withAddons(
  { config, weights, path }: Network<UnetConfig>,
  { imageAdapters: paths = [], motion }: ModelRequest,
): Promise<{ denoiser: Network<UnetConfig>; imageAdapters: ImageAdapter[]; motion: MotionConfig | undefined }> {
  const imageAdapters = await Promise.all(paths.map(openImageAdapter));
  const seeing = withImageAdapters(
    weights,
    imageAdapters.map((adapter) => adapter.weights),
  );
  if (motion === undefined) return { denoiser: { config, weights: seeing, path }, imageAdapters, motion };
  const source = await openMotionAdapter(motion);
  const modules = readMotionConfig(await source.readConfig(), motion, config);
  const moving = withMotion(seeing, await source.openWeights());
  return { denoiser: { config, weights: moving, path }, imageAdapters, motion: modules };
}

async function lowResolutionNoise({ components }: Checkpoint): Promise<SchedulerConfig | undefined> {
  const part = components.get('low_res_scheduler');
  if (!part) return undefined;
  const file = join(part.path, 'scheduler_config.json');
  const text = await readText(file);
  if (text === undefined) throw new CheckpointError(`${file} does not exist.`);
  return parseSchedulerConfig(text, file);
}

/** The VAE that a model is asked for; where that does not say how its latents are scaled, as the checkpoint's own are. */
async function vaeOf({ vae }: ModelRequest, checkpoint: Checkpoint): Promise<NetworkSource> {
  const own = checkpoint.components.get('vae');
  return vae === undefined ? requireComponent(checkpoint, 'vae') : openVae(vae, await own?.readConfig());
}

/** The text encoders of a checkpoint: SDXL has two, its refiner only the second. */
async function openTexts(checkpoint: Checkpoint): Promise<Text[]> {
  const present = TEXT_ENCODERS.filter(({ name }) => checkpoint.components.has(name));
  const wanted = present.length > 0 ? present : TEXT_ENCODERS.slice(0, 1);
  return Promise.all(
    wanted.map(async ({ name, tokenizer }) => {
      const { path, padToken } = requireComponent(checkpoint, tokenizer);
      return {
        ...(await openNetwork(requireComponent(checkpoint, name), readClipTextConfig)),
        tokenizer: await ClipTokenizer.fromFolder(path, padToken),
        name,
      };
    }),
  );
}

/** The files of networks: their configuration, where it lies beside them, and their weights. */
function filesOf(...networks: Network<unknown>[]): string[] {
  return networks.flatMap(({ path, weights }) => [
    join(path, 'config.json'),
    ...new Set([...weights.tensors.values()].map((tensor) => tensor.path)),
  ]);
}
