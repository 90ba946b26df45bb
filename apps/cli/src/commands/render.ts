import { join, parse, resolve } from 'node:path';
import { Option } from 'commander';
import type { CommonOptions } from '../client/connect.js';
import { readConfig } from '../config.js';
import { Failure, UsageError } from '../errors.js';
import { wholeNumber } from '../options.js';
import { duration } from '../output/format.js';
import { createOutput } from '../output/output.js';
import { createProgress, type Progress } from '../output/progress.js';
import { batchOf, type RenderFlags } from '../render/flags.js';
import { onlyCheckpoint } from '../render/models.js';
import { renderLocally, type Rendered } from '../render/render.js';
import type { Define } from './list.js';

const precisions = ['auto', 'F32', 'F16'] as const;

interface Options extends CommonOptions, RenderFlags {
  provider?: string;
  precision?: string;
  threads?: string;
  output?: string;
  force?: boolean;
}

export const define: Define = (command) => {
  command
    .argument('<prompt>', 'what to draw; (word:1.2) is weight, <lora:NAME:W> applies a LoRA')
    .option('--negative <text>', 'what not to draw')
    .option('--model <name>', 'name, hash or folder of a checkpoint (default: the only one there is)')
    .option('--steps <n>', 'denoising steps (default: 20)')
    .option('--seed <n>', '0 to 4294967295 (default: drawn)')
    .option('--sampler <name>', "such as ddim, euler_a, dpmpp_2m_karras (default: the checkpoint's own)")
    .option('--schedule <name>', 'normal, karras or exponential')
    .option('--guidance <g>', 'guidance scale; 1 turns it off (default: 7.5)')
    .option('--eta <e>', 'noise put back in every step, 0 to 1')
    .option('--size <WxH>', "in pixels, multiples of 8 (default: the checkpoint's own)")
    .option('--clip-skip <n>', 'layers of the text encoder to leave out at its end')
    .addOption(new Option('--rng <where>', 'whose random numbers torch would draw').choices(['cpu', 'gpu']))
    .option('--vae <name>', "another VAE than the checkpoint's")
    .option('--lora <name@weight...>', 'LoRAs to apply; without @weight the weight is 1')
    .option('--init-image <file>', 'picture to begin from')
    .option('--strength <s>', 'share of the steps that change it (default: 0.8, with --mask 1)')
    .option('--mask <file>', 'what of it to repaint, in white; of the same size')
    .option('--mask-blur <pixels>', 'radius of a blur of the mask (default: 0)')
    .option('--masked-only [pixels]', 'repaint the masked part at full size, with so much around it (default: 32)')
    .addOption(new Option('--resize <how>', 'how pictures are brought to size (default: crop)').choices(ways))
    .option('--control <name=file@scale...>', 'ControlNets and T2I-Adapters, each with the picture to follow')
    .addOption(new Option('--preprocess <how>', 'what to make of those pictures first').choices(['none', 'canny']))
    .option('--ip-adapter <name=file@scale...>', 'IP-Adapters, each with a picture to be like')
    .option('--image-encoder <name>', 'CLIP image encoder that they were made for')
    .option('--image-guidance <g>', 'of instruct-pix2pix: how much --init-image counts; 1.5 is usual')
    .option('--noise-level <n>', 'of the x4 upscaler: noise on --init-image; 20 is usual')
    .option('--depth-map <file>', 'for depth checkpoints: the brighter, the nearer')
    .option('--embedding <name...>', 'textual inversions, each a word that the prompt may use')
    .option('--refiner <name@switch>', 'checkpoint for the last steps; without @switch from 0.8 on')
    .option('--guidance-rescale <r>', 'pull what guidance exaggerates back, 0 to 1 (default: 0)')
    .option('--hires <scale@upscaler>', 'draw it again, so many times larger; latent, lanczos or an upscaler enlarges')
    .option('--upscale <name@scale>', 'upscaler for the finished picture; lanczos is a filter')
    .option('--faces <name@visibility>', 'restorer for the faces of the finished picture')
    .option('--face-detector <name>', 'what finds them; without it the picture is one face')
    .option('--motion <name>', 'motion module, for a clip: a .webp, .gif or .mp4 file')
    .option('--frames <n>', 'frames of the clip (default: 16)')
    .option('--fps <n>', 'frames a second (default: 8)')
    .option('--seamless', 'draw a texture that repeats without a seam')
    .option('--variation <seed@strength>', 'turn the noise towards that of another seed')
    .option('--count <n>', 'pictures, with seeds counting up', '1')
    .option('--provider <name>', 'what to compute on, such as cpu or webgpu (default: the best there is)')
    .addOption(
      new Option(
        '--precision <p>',
        'numbers of the networks; auto is F16 on graphics cards that compute rightly in it (default: auto)',
      ).choices(precisions),
    )
    .option('--threads <n>', 'threads of the CPU engine (default: all cores)')
    .option('--output <file>', 'PNG file; with --count the seed is put before its ending (default: atelier-SEED.png)')
    .option('--force', 'overwrite it');

  command.action(async (prompt: string, options: Options) => {
    const config = readConfig();
    const batch = batchOf(prompt, options.model ?? (await onlyCheckpoint(config)), options, endingOf(options));
    const count = Number(options.count);
    const threads = options.threads === undefined ? undefined : wholeNumber('--threads', options.threads, 1);

    const output = createOutput(options);
    const cancel = new AbortController();
    process.once('SIGINT', () => cancel.abort());
    let progress: Progress | undefined;
    const rendered: Rendered[] = [];
    try {
      const pictures = renderLocally(batch, {
        place: config,
        fileOf: fileNamer(options, count),
        overwrite: options.force === true,
        ...(options.provider && { provider: options.provider }),
        ...(options.precision && { precision: options.precision as (typeof precisions)[number] }),
        ...(threads && { threads }),
        signal: cancel.signal,
        onWarning: (text) => output.note(`warning: ${text}`),
        onProgress(index, { stage, step, steps }) {
          if (stage !== 'denoise' || !process.stderr.isTTY) return;
          progress ??= createProgress('steps', count * steps);
          progress.update(index * steps + step);
        },
      });
      for await (const picture of pictures) {
        rendered.push(picture);
        progress?.stop();
        progress = undefined;
        if (!output.json) output.line(picture, () => lineOf(picture));
      }
    } catch (error) {
      throw cancel.signal.aborted ? new Failure('stopped') : error;
    } finally {
      progress?.stop();
    }
    if (output.json) output.answer(rendered, () => '');
  });
};

const ways = ['stretch', 'crop', 'pad'];

/** What files are called at their end: `png`, of clips what --output says. Throws a UsageError for any other ending. */
function endingOf({ output, motion }: Options): string {
  const allowed = motion === undefined ? ['png'] : ['webp', 'gif', 'mp4'];
  if (output === undefined) return allowed[0]!;
  const ending = parse(output).ext.slice(1).toLowerCase();
  if (allowed.includes(ending)) return ending;
  const what = motion === undefined ? 'pictures are PNG files, so it must end in' : 'a clip must end in';
  throw new UsageError(`--output is "${output}"; ${what} .${allowed.join(', .')}`);
}

/** Names the picture with a seed. The seed is part of the name unless the user named one file for one picture. */
function fileNamer(options: Options, count: number): (seed: number) => string {
  const { output } = options;
  const target = resolve(output ?? `atelier.${endingOf(options)}`);
  const { dir, name, ext } = parse(target);
  return (seed) => (output !== undefined && count === 1 ? target : join(dir, `${name}-${seed}${ext}`));
}

function lineOf({ file, seed, width, height, sampler, steps, seconds }: Rendered): string {
  const { load, denoise, total } = seconds;
  return `${file}  ${width}x${height}, seed ${seed}, ${steps} steps ${sampler}, ${duration(total)} (load ${duration(load)}, denoise ${duration(denoise)})`;
}
