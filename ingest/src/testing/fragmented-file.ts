import { startFfmpeg } from '@safecity/platform';
import type { MediaFragment } from '../mp4/fragment.js';
import type { InitSegment } from '../mp4/init-segment.js';
import { FragmentedMp4Reader } from '../mp4/stream-reader.js';
import { GopRing } from '../ring/gop-ring.js';
import { remuxCommand } from '../session/stream-command.js';

/** A clip as fragmented MP4, as a session would get it. */
export interface FragmentedFile {
  bytes: Buffer;
  init: InitSegment;
  fragments: MediaFragment[];
}

/** Test helper: remuxes a file with the options of live sessions and reads it with our own reader. */
export async function fragmentedFile(path: string): Promise<FragmentedFile> {
  const { outputOptions } = remuxCommand(path, 'tcp', { silenceMs: 5000, describedBySdp: true });
  const ffmpeg = startFfmpeg({ input: path, inputOptions: [], outputOptions });
  const chunks: Buffer[] = [];
  for await (const chunk of ffmpeg.stdout) chunks.push(chunk as Buffer);
  const { stderrTail } = await ffmpeg.exited;
  const bytes = Buffer.concat(chunks);
  const fragments: MediaFragment[] = [];
  let init: InitSegment | null = null;
  const reader = new FragmentedMp4Reader({ onInit: (segment) => (init = segment), onFragment: (fragment) => fragments.push(fragment) });
  reader.push(bytes, 0);
  if (!init) throw new Error(`no init segment: ${stderrTail.join(' ')}`);
  return { bytes, init, fragments };
}

/** Test helper: a ring with the whole clip in it, its first presentation time captured at `startMs`. */
export function ringOf({ init, fragments }: FragmentedFile, startMs: number): GopRing {
  const ring = new GopRing();
  for (const media of fragments) {
    const captureTimesMs = media.samples.map(({ ptsTicks }) => Math.round(startMs + (ptsTicks * 1000) / init.timescale));
    ring.append({ epoch: 1, init, media, captureTimesMs });
  }
  return ring;
}
