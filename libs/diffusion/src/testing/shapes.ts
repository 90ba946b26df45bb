/** The published configurations of Stable Diffusion 1.5 and SDXL, for checkpoints of their full size. */

type Json = Record<string, unknown>;

/** What a checkpoint of a shape consists of. */
export interface Shape {
  pipelineClass: string;
  settings: Json;
  /** Type that the published files are mostly used in. */
  type: 'F32' | 'F16';
  networks: Record<'unet' | 'vae' | 'text_encoder' | 'text_encoder_2', Json | null>;
  scheduler: Json;
  /** Side of the pictures that it was made for. */
  side: number;
}

const clipL = {
  architectures: ['CLIPTextModel'],
  model_type: 'clip_text_model',
  vocab_size: 49408,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  max_position_embeddings: 77,
  hidden_act: 'quick_gelu',
  projection_dim: 768,
  eos_token_id: 2,
  bos_token_id: 0,
  pad_token_id: 1,
};
const clipG = {
  ...clipL,
  architectures: ['CLIPTextModelWithProjection'],
  hidden_size: 1280,
  intermediate_size: 5120,
  num_hidden_layers: 32,
  num_attention_heads: 20,
  hidden_act: 'gelu',
  projection_dim: 1280,
};
const vae = {
  _class_name: 'AutoencoderKL',
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  block_out_channels: [128, 256, 512, 512],
  down_block_types: new Array<string>(4).fill('DownEncoderBlock2D'),
  up_block_types: new Array<string>(4).fill('UpDecoderBlock2D'),
  layers_per_block: 2,
  norm_num_groups: 32,
  sample_size: 512,
  scaling_factor: 0.18215,
};
const unet = {
  _class_name: 'UNet2DConditionModel',
  in_channels: 4,
  out_channels: 4,
  layers_per_block: 2,
  act_fn: 'silu',
  norm_num_groups: 32,
  flip_sin_to_cos: true,
  freq_shift: 0,
};
const scheduler = {
  _class_name: 'EulerDiscreteScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  prediction_type: 'epsilon',
  timestep_spacing: 'leading',
  steps_offset: 1,
};

export const SHAPES = {
  'sd1.5': {
    pipelineClass: 'StableDiffusionPipeline',
    settings: { safety_checker: [null, null], feature_extractor: [null, null], requires_safety_checker: false },
    type: 'F32',
    networks: {
      unet: {
        ...unet,
        sample_size: 64,
        block_out_channels: [320, 640, 1280, 1280],
        down_block_types: [...new Array<string>(3).fill('CrossAttnDownBlock2D'), 'DownBlock2D'],
        up_block_types: ['UpBlock2D', ...new Array<string>(3).fill('CrossAttnUpBlock2D')],
        attention_head_dim: 8,
        cross_attention_dim: 768,
      },
      vae,
      text_encoder: clipL,
      text_encoder_2: null,
    },
    scheduler,
    side: 512,
  },
  sdxl: {
    pipelineClass: 'StableDiffusionXLPipeline',
    settings: { force_zeros_for_empty_prompt: true },
    type: 'F16',
    networks: {
      unet: {
        ...unet,
        sample_size: 128,
        block_out_channels: [320, 640, 1280],
        down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
        up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
        transformer_layers_per_block: [1, 2, 10],
        attention_head_dim: [5, 10, 20],
        cross_attention_dim: 2048,
        use_linear_projection: true,
        addition_embed_type: 'text_time',
        addition_time_embed_dim: 256,
        projection_class_embeddings_input_dim: 2816,
      },
      vae: { ...vae, sample_size: 1024, scaling_factor: 0.13025, force_upcast: true },
      text_encoder: clipL,
      text_encoder_2: clipG,
    },
    scheduler,
    side: 1024,
  },
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;
