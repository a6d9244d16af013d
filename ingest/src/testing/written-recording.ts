import { join } from 'node:path';
import { CameraArchive } from '../recorder/camera-archive.js';
import type { FragmentedFile } from './fragmented-file.js';

/**
 * Test helper: a recording on disk as the recorder writes it, one segment for each time the clip is played.
 * @param dataDir of the ingest worker
 * @param startsMs capture time at which each segment begins, epoch ms
 */
export async function writeRecording(dataDir: string, cameraId: string, clip: FragmentedFile, startsMs: readonly number[]): Promise<void> {
  const archive = new CameraArchive(cameraId, join(dataDir, 'recordings', cameraId));
  await archive.load();
  const { init, fragments } = clip;
  const firstTicks = fragments[0]?.samples[0]?.ptsTicks ?? 0;
  for (const startMs of startsMs) {
    const placed = fragments.map((media) => ({
      ...{ init, media },
      captureTimesMs: media.samples.map(({ ptsTicks }) => Math.round(startMs + ((ptsTicks - firstTicks) * 1000) / init.timescale)),
    }));
    const [first] = placed;
    if (!first) continue;
    const open = await archive.open(first);
    for (const fragment of placed) await open.append(fragment);
    await open.close();
  }
}
