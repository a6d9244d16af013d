import type { RecordingMotion } from '@safecity/contracts';
import type { CameraArchive, Segment } from '../recorder/camera-archive.js';

/** Steps from this length on are told from whole segments: a minute each, so an hour's curve reads 60 indexes at most. */
const WHOLE_SEGMENTS_FROM_MS = 30_000;
/** Files read at a time. */
const AT_ONCE = 16;

interface Told {
  fromMs: number;
  toMs: number;
  activity: number | null;
}

async function toldOf(archive: CameraArchive, segment: Segment, whole: boolean): Promise<readonly Told[]> {
  const { fromMs, toMs } = segment;
  const activity = await archive.activityOf(segment);
  // One without an index would have to be read as a whole: its motion is not known.
  if (whole || activity === null) return [{ fromMs, toMs, activity }];
  return (await archive.groupsOf(segment)) ?? [];
}

/**
 * How much moved between two capture times, in `steps` equal steps: in each the most of what overlaps it.
 * Steps are half open; one without a picture is null.
 */
export async function motionOf(archive: CameraArchive, range: { fromMs: number; toMs: number }, steps: number): Promise<RecordingMotion> {
  const stepMs = (range.toMs - range.fromMs) / steps;
  const values: (number | null)[] = Array.from({ length: steps }, () => null);
  const segments = archive.segments.filter(({ fromMs, toMs }) => fromMs < range.toMs && toMs >= range.fromMs);
  for (let at = 0; at < segments.length; at += AT_ONCE) {
    const batch = segments.slice(at, at + AT_ONCE);
    for (const told of await Promise.all(batch.map((segment) => toldOf(archive, segment, stepMs >= WHOLE_SEGMENTS_FROM_MS)))) {
      for (const { fromMs, toMs, activity } of told) {
        if (activity === null) continue;
        const first = Math.max(0, Math.floor((fromMs - range.fromMs) / stepMs));
        const last = Math.min(steps - 1, Math.floor((toMs - range.fromMs) / stepMs));
        for (let step = first; step <= last; step++) values[step] = Math.max(values[step] ?? 0, activity);
      }
    }
  }
  return { stepMs, values: values.map((value) => (value === null ? null : Number(value.toFixed(4)))) };
}
