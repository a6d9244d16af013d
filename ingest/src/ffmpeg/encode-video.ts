import { once } from 'node:events';
import { SafecityError } from '@safecity/contracts';
import { startFfmpeg } from '@safecity/platform';

export interface EncodeVideoOptions {
  /** MP4 file, written over when it exists. */
  path: string;
  /** Even numbers. */
  widthPx: number;
  heightPx: number;
  fps: number;
}

/** An H.264 file being written. The caller ends it, also after an error. */
export interface VideoEncoder {
  /** Packed RGB `[heightPx, widthPx, 3]`; resolves when the next picture may come. @throws SafecityError `INGEST_FILE_UNWRITABLE` */
  write(frame: Buffer): Promise<void>;
  /** Resolves when the file is whole. @throws SafecityError `INGEST_FILE_UNWRITABLE` */
  end(): Promise<void>;
}

/** Encodes raw pictures at a constant rate into an MP4 file that any browser plays. */
export function encodeVideo({ path, widthPx, heightPx, fps }: EncodeVideoOptions): VideoEncoder {
  const ffmpeg = startFfmpeg({
    input: 'stdin',
    inputOptions: ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${widthPx}x${heightPx}`, '-r', String(fps)],
    outputOptions: ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-movflags', '+faststart'],
    outputFile: path,
  });
  let ended = false;
  const done = ffmpeg.exited.then((exit) => {
    ended = true;
    return exit;
  });
  const check = async () => {
    const { clean, missing, stderrTail } = await done;
    if (clean) return;
    if (missing)
      throw new SafecityError('INGEST_FFMPEG_MISSING', 'ffmpeg was not found: install it (Debian, Ubuntu: apt-get install ffmpeg)');
    const reason = stderrTail.findLast((line) => line.trim()) ?? 'it ended early';
    throw new SafecityError('INGEST_FILE_UNWRITABLE', `${path} cannot be written: ${reason}`);
  };
  return {
    write: async (frame) => {
      const { stdin } = ffmpeg;
      if (ended) await check();
      if (!stdin || stdin.write(frame)) return;
      const waiting = new AbortController();
      await Promise.race([once(stdin, 'drain', { signal: waiting.signal }).catch(() => undefined), done]);
      waiting.abort();
    },
    end: async () => {
      ffmpeg.stdin?.end();
      await check();
    },
  };
}
