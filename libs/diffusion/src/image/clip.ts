import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { InputError } from '../errors.js';
import type { ClipFormat } from './clip-formats.js';
import { encodePng } from './picture.js';
import type { Raster } from './raster.js';

/** A clip as files, in order: one, or as many as it has frames. */
export async function encodeClip(frames: readonly Raster[], fps: number, format: ClipFormat): Promise<Buffer[]> {
  if (frames.length === 0) throw new InputError('A clip needs one frame at least.');
  switch (format) {
    case 'png':
      return Promise.all(frames.map((frame) => encodePng(frame)));
    case 'mp4':
      return [await encodeMp4(frames, fps)];
    case 'gif':
      return [
        await animation(frames)
          .gif({ loop: 0, delay: delays(frames, fps) })
          .toBuffer(),
      ];
    case 'webp':
      return [
        await animation(frames)
          .webp({ loop: 0, delay: delays(frames, fps), quality: 90 })
          .toBuffer(),
      ];
  }
}

/** Frames below each other, as the image library takes them. */
function animation(frames: readonly Raster[]): Sharp {
  const { width, height } = frames[0]!;
  const pixels = Buffer.concat(frames.map((frame) => frame.pixels));
  return sharp(pixels, { raw: { width, height: height * frames.length, channels: 3, pageHeight: height } });
}

/** Milliseconds that each frame is shown: whole ones, which together last as long as the frames should. */
function delays(frames: readonly Raster[], fps: number): number[] {
  const at = (i: number) => Math.round((i * 1000) / fps);
  return frames.map((_, i) => at(i + 1) - at(i));
}

/** Encodes by ffmpeg, which is not part of Atelier: H.264, even sides, in a form that every browser plays. */
async function encodeMp4(frames: readonly Raster[], fps: number): Promise<Buffer> {
  const { width, height } = frames[0]!;
  const folder = await mkdtemp(join(tmpdir(), 'atelier-clip-'));
  const [input, output] = [join(folder, 'frames.rgb'), join(folder, 'clip.mp4')];
  try {
    await writeFile(input, Buffer.concat(frames.map((frame) => frame.pixels)));
    await ffmpeg([
      ...['-loglevel', 'error', '-f', 'rawvideo', '-pixel_format', 'rgb24', '-video_size', `${width}x${height}`],
      ...['-framerate', String(fps), '-i', input, '-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2'],
      ...['-c:v', 'libx264', '-crf', '18', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', output],
    ]);
    return await readFile(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ffmpeg(parameters: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-y', ...parameters], { stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (part: Buffer) => (told += part.toString()));
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      reject(
        missing
          ? new InputError('An MP4 needs ffmpeg, which is not installed here; ask for gif or webp, or install it.')
          : error,
      );
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`ffmpeg ended with code ${code}: ${told.trim().split('\n').at(-1)}`));
    });
  });
}
