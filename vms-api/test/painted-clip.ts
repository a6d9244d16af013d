import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';
import { SEEN_AS, type SeenAs } from './fake-inference.js';

const RATE = 10;

/** A rectangle `[x1, y1, x2, y2]` in pixels that moves so many pixels a second to the right. */
export type Painted = readonly [seenAs: SeenAs, at: readonly [number, number, number, number], pixelsPerS?: number];

/** A grey H.264 clip of 10 pictures a second, its index first, in which something painted in a colour of `SEEN_AS` moves. */
export function paintedClip(
  painted: Painted,
  { widthPx, heightPx, seconds }: { widthPx: number; heightPx: number; seconds: number },
): Buffer {
  const [seenAs, [x1, y1, x2, y2], pixelsPerS = 0] = painted;
  const folder = temporaryDirectory('painted-clip-');
  const path = join(folder.path, 'clip.mp4');
  const box = `color=${SEEN_AS[seenAs]}:s=${x2 - x1}x${y2 - y1}:r=${RATE}:d=${seconds}[box]`;
  const graph = `color=gray:s=${widthPx}x${heightPx}:r=${RATE}:d=${seconds}[road];${box};[road][box]overlay=x='${x1}+t*${pixelsPerS}':y=${y1}`;
  const coding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-pix_fmt', 'yuv420p', '-movflags', '+faststart'];
  try {
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', graph, ...coding, path]);
    return readFileSync(path);
  } finally {
    folder.remove();
  }
}

/** All pictures of a clip as packed RGB, and their times, ms. */
export function picturesOf(clip: Uint8Array, { widthPx, heightPx }: { widthPx: number; heightPx: number }): Buffer[] {
  const command = ['-v', 'error', '-i', 'pipe:0', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-fps_mode', 'passthrough', 'pipe:1'];
  const raw = execFileSync('ffmpeg', command, { input: clip, maxBuffer: 1e9 });
  const bytes = widthPx * heightPx * 3;
  return Array.from({ length: raw.length / bytes }, (_, index) => raw.subarray(index * bytes, (index + 1) * bytes));
}

/** Pixels that are still of the colour that something is painted in. */
export function pixelsOf(picture: Buffer, seenAs: SeenAs): number {
  const colour = Number.parseInt(SEEN_AS[seenAs].slice(1), 16);
  const wanted = [colour >> 16, (colour >> 8) & 255, colour & 255];
  let count = 0;
  for (let at = 0; at < picture.length; at += 3)
    if (wanted.every((value, c) => Math.abs((picture[at + c] as number) - value) < 45)) count++;
  return count;
}
