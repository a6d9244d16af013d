import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { GopRing } from '../ring/gop-ring.js';
import type { RingFragment } from '../ring/ring-fragment.js';
import { type FragmentedFile, fragmentedFile } from './fragmented-file.js';

/** Test helper: a clip of `seconds` with a keyframe every second, as a session would get it. */
export async function generatedStream(directory: string, seconds: number): Promise<FragmentedFile> {
  const path = join(directory, `stream-${seconds}.mp4`);
  const source = `testsrc=size=320x180:rate=10:duration=${seconds}`;
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...codec, path]);
  return fragmentedFile(path);
}

/** Test helper: plays a stream into a ring, the whole of it from `startMs` on, as often as it is called. */
export class PlayedStream {
  readonly ring = new GopRing({ maxSeconds: 600, maxBytes: 1e9 });
  readonly #file: FragmentedFile;
  #epoch = 0;

  constructor(file: FragmentedFile) {
    this.#file = file;
  }

  play(startMs: number): RingFragment[] {
    this.#epoch++;
    const { init, fragments } = this.#file;
    return fragments.map((media, index) =>
      this.ring.append({
        epoch: this.#epoch,
        init,
        media,
        captureTimesMs: media.samples.map(({ ptsTicks }) => Math.round(startMs + (ptsTicks * 1000) / init.timescale)),
        ...(index === 0 && this.#epoch > 1 ? { discontinuity: 'reconnect' as const } : {}),
      }),
    );
  }
}
