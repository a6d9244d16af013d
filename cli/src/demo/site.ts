import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type CameraConfig, parseCamera, SafecityError } from '@safecity/contracts';
import { availableClips, type ClipFile, fetchClip } from '@safecity/fixtures';
import type { Progress } from '../progress.js';

/** One camera of the demo and the recording it plays. */
export interface DemoCamera {
  camera: CameraConfig;
  clip: ClipFile;
}

export interface DemoSite {
  units: { id: string; name: string; parentId: string | null }[];
  cameras: DemoCamera[];
  /** Names of cameras whose recording could not be had, each with what to do. */
  missing: { camera: CameraConfig; note: string }[];
}

interface SiteFile {
  units: DemoSite['units'];
  cameras: { file: string; clipId: string }[];
}

function readSite(): { site: SiteFile; directory: string } {
  const path = createRequire(import.meta.url).resolve('@safecity/fixtures/site.json');
  return { site: JSON.parse(readFileSync(path, 'utf8')) as SiteFile, directory: dirname(path) };
}

/**
 * Reads the demo's site and gets the recordings of its cameras ready, telling what it does.
 * @param only ids of the cameras wanted; default all
 * @throws SafecityError `CLI_SITE_CLIPS_MISSING` when not one recording can be had
 */
export async function loadDemoSite(progress: Progress, only?: readonly string[]): Promise<DemoSite> {
  const { site, directory } = readSite();
  const clips = new Map((await availableClips()).map((clip) => [clip.id, clip]));
  const cameras: DemoCamera[] = [];
  const missing: DemoSite['missing'] = [];
  for (const { file, clipId } of site.cameras) {
    const camera = parseCamera(JSON.parse(readFileSync(join(directory, file), 'utf8')));
    if (only && !only.includes(camera.id)) continue;
    const availability = clips.get(clipId);
    if (availability === undefined || availability.availability === 'missing') {
      missing.push({ camera, note: availability?.note ?? `no recording ${clipId} in the manifest` });
      continue;
    }
    try {
      const clip = await fetchClip(clipId, {
        onProgress: ({ phase, share, from }) => tell(progress, `${clipId}: ${phase}${from ? ` from ${from}` : ''}`, share),
      });
      cameras.push({ camera, clip });
    } catch (error) {
      missing.push({ camera, note: (error as Error).message });
    }
  }
  progress.done();
  if (cameras.length === 0) {
    throw new SafecityError(
      'CLI_SITE_CLIPS_MISSING',
      `no recording for the demo could be had: ${missing.map(({ camera, note }) => `${camera.id}: ${note}`).join('; ')}`,
    );
  }
  return { units: site.units, cameras, missing };
}

function tell(progress: Progress, text: string, share: number | undefined): void {
  if (share === undefined) progress.step(text);
  else progress.update(text, share);
}
