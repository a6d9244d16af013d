import { SafecityError } from '@safecity/contracts';
import fluentFfmpeg, { type FfprobeData } from 'fluent-ffmpeg';

/** What ffprobe says of a file's first video stream. */
export interface VideoFacts {
  /** As shown: a stream marked as turned by 90 degrees has its sides swapped. */
  widthPx: number;
  heightPx: number;
  codec: string;
  /** Mean rate; 0 when the file does not say. */
  fps: number;
  /** 0 when the file does not say. */
  durationMs: number;
}

interface SideData {
  rotation?: number;
}

function ratio(text: string | undefined): number {
  const [numerator, denominator] = (text ?? '').split('/').map(Number);
  return numerator && denominator ? numerator / denominator : 0;
}

function read(path: string): Promise<FfprobeData> {
  return new Promise((resolve, reject) => {
    fluentFfmpeg.ffprobe(path, (error: Error | null, found: FfprobeData) => (error ? reject(error) : resolve(found)));
  });
}

/** @throws SafecityError `INGEST_FILE_UNREADABLE`, `INGEST_FFMPEG_MISSING` */
export async function probeVideo(path: string): Promise<VideoFacts> {
  let found: FfprobeData;
  try {
    found = await read(path);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    if (/cannot find ffprobe|ENOENT.*ffprobe|spawn/i.test(message)) {
      throw new SafecityError('INGEST_FFMPEG_MISSING', 'ffprobe was not found: install ffmpeg (Debian, Ubuntu: apt-get install ffmpeg)', {
        cause,
      });
    }
    const reason = message.trim().split('\n').pop() ?? '';
    throw new SafecityError('INGEST_FILE_UNREADABLE', `${path} cannot be read as video: ${reason}`, { cause });
  }
  const video = found.streams.find((stream) => stream.codec_type === 'video');
  if (!video?.width || !video.height) throw new SafecityError('INGEST_FILE_UNREADABLE', `${path} holds no video`);
  const sideData = (video['side_data_list'] ?? []) as SideData[];
  const turned = sideData.some(({ rotation }) => rotation !== undefined && Math.abs(rotation) % 180 === 90);
  return {
    widthPx: turned ? video.height : video.width,
    heightPx: turned ? video.width : video.height,
    codec: video.codec_name ?? 'unknown',
    fps: ratio(video.avg_frame_rate) || ratio(video.r_frame_rate),
    durationMs: Math.round((Number(found.format.duration) || 0) * 1000),
  };
}
