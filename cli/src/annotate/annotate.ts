import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CameraConfig, Finding, TracksFrame } from '@safecity/contracts';
import { decodeFile, encodeVideo, masksOf, type VideoFacts } from '@safecity/ingest';
import sharp from 'sharp';
import type { Progress } from '../progress.js';
import { overlaySvg } from './overlay-svg.js';

/** What is drawn over one picture. */
export interface AnnotatedMoment {
  ptsMs: number;
  tracks: TracksFrame;
  /** Findings that go on at this moment. */
  findings: Finding[];
}

interface AnnotateOptions {
  video: string;
  out: string;
  camera: CameraConfig;
  facts: VideoFacts;
  moments: AnnotatedMoment[];
  progress: Progress;
}

/** Drawn no larger than this: enough to judge by eye, and quick. */
const WIDEST_PX = 1280;

/** Writes a clip at the camera's detection rate with zones, tracks and reasons drawn over the pictures. */
export async function annotate({ video, out, camera, facts, moments, progress }: AnnotateOptions): Promise<void> {
  const scale = Math.min(1, WIDEST_PX / facts.widthPx);
  const size = { widthPx: even(facts.widthPx * scale), heightPx: even(facts.heightPx * scale) };
  await mkdir(dirname(out), { recursive: true });
  const encoder = encodeVideo({ path: out, ...size, fps: camera.detection.targetFps });
  let index = 0;
  const frames = decodeFile({ path: video, ...size, targetFps: camera.detection.targetFps, masks: masksOf(camera) });
  for await (const { ptsMs, frame } of frames) {
    const moment = moments[index++];
    const svg = Buffer.from(overlaySvg(camera, size, moment));
    const drawn = await sharp(frame, { raw: { width: size.widthPx, height: size.heightPx, channels: 3 } })
      .composite([{ input: svg }])
      .removeAlpha()
      .raw()
      .toBuffer();
    await encoder.write(drawn);
    progress.update(`drawing ${out}`, facts.durationMs > 0 ? ptsMs / facts.durationMs : 0);
  }
  await encoder.end();
  progress.done();
}

function even(value: number): number {
  return Math.round(value / 2) * 2;
}
