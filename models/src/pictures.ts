import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SafecityError } from '@safecity/contracts';
import type { InputSize } from './prepare/anchors.js';

/** A picture of the size a model takes: `rgb` is `[height, width, 3]`, row-major. */
export interface Picture extends InputSize {
  name: string;
  rgb: Uint8Array;
}

/** Where a picture comes from: a file (clip or photo, with the second to show) or a test pattern that ffmpeg draws. */
export type PictureOrigin = { file: string; atS?: number } | { pattern: string };

const CLIP_NAME = /\.(mp4|avi|mkv|jpe?g|png)$/i;

/** Scaled with its aspect kept, aligned top left, padded with 114: as prepared models take it. */
function letterbox({ widthPx, heightPx }: InputSize): string {
  const scale = `scale=${widthPx}:${heightPx}:force_original_aspect_ratio=decrease`;
  return `${scale},pad=${widthPx}:${heightPx}:0:0:color=0x727272`;
}

/** Decodes one picture with ffmpeg at a model's input size. @throws SafecityError `MODELS_PICTURE_UNREADABLE` */
export async function readPicture(origin: PictureOrigin, size: InputSize): Promise<Picture> {
  const name = 'file' in origin ? origin.file : origin.pattern;
  const input = 'file' in origin ? ['-ss', String(origin.atS ?? 0), '-i', origin.file] : ['-f', 'lavfi', '-i', origin.pattern];
  const command = ['-v', 'error', ...input, '-frames:v', '1', '-vf', letterbox(size), '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'];
  const { bytes, text } = await new Promise<{ bytes: Buffer; text: string }>((resolve, reject) => {
    const child = spawn('ffmpeg', command, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-500);
    });
    child.on('error', (cause) =>
      reject(new SafecityError('MODELS_PICTURE_UNREADABLE', `ffmpeg cannot be run (${cause.message}): install it`, { cause })),
    );
    child.on('close', () => resolve({ bytes: Buffer.concat(chunks), text: errors.trim() }));
  });
  if (bytes.length === size.widthPx * size.heightPx * 3) return { name, ...size, rgb: new Uint8Array(bytes) };
  throw new SafecityError('MODELS_PICTURE_UNREADABLE', `${name} gave no picture: check the file. ffmpeg says: ${text}`);
}

/** Clips and photos of a folder, by name; empty when there is no such folder. */
export async function pictureFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => CLIP_NAME.test(name))
    .sort()
    .map((name) => join(folder, name));
}

const PATTERNS = ['testsrc2=size=1280x720', 'mandelbrot=size=640x360'];

/**
 * Pictures to run a model on: one from each of at most `count` clips or photos of `folder`, or test patterns when
 * there is no folder or nothing in it.
 */
export async function samplePictures(folder: string | undefined, size: InputSize, count: number): Promise<Picture[]> {
  const files = folder ? await pictureFiles(folder) : [];
  const step = Math.max(1, Math.floor(files.length / count));
  const chosen = files.filter((_, i) => i % step === 0).slice(0, count);
  const origins: PictureOrigin[] =
    chosen.length > 0
      ? chosen.map((file) => ({ file, atS: /\.(jpe?g|png)$/i.test(file) ? 0 : 1 }))
      : PATTERNS.map((pattern) => ({ pattern }));
  return Promise.all(origins.map((origin) => readPicture(origin, size)));
}
