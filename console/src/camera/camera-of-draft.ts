import type { Camera, CameraView } from '../api/types.js';
import type { CameraDraft } from './camera-draft.js';

/** What a camera begins with when nothing else is said: pictures only, no rules. */
const BLANK = {
  revision: 0,
  simulated: false,
  enabled: true,
  detection: { modelId: 'nanodet-g', targetFps: 5, minScore: 0.35, decode: 'adaptive' },
  zones: [],
  lines: [],
  lanes: [],
  signals: [],
  rules: [],
} satisfies Partial<Camera>;

const EMPTY: CameraDraft = {
  ...{ id: '', name: '', url: '', transport: 'tcp', username: '', password: '' },
  ...{ detectUrl: '', area: '', readsPlates: false, country: 'VN', recording: 'off', tiles: '' },
};

/** The draft that shows a stored camera; its password never leaves the server. */
export function draftOf(stored: CameraView | null): CameraDraft {
  if (!stored) return EMPTY;
  const { id, name, source, area, plates, recording, detection } = stored.camera;
  return {
    ...EMPTY,
    ...{ id, name, url: source.url, transport: source.transport, detectUrl: source.detectUrl ?? '', area: area ?? '' },
    ...{ readsPlates: plates?.enabled ?? false, country: plates?.country ?? EMPTY.country },
    ...{ recording: recording?.mode ?? 'off', tiles: detection.tiles ?? '' },
  };
}

/** The camera to send: what the form says over what is stored, which stays where the form does not show it. */
export function cameraOf(draft: CameraDraft, stored: Camera | null): Camera {
  const { area: _area, plates, recording, ...kept } = { ...BLANK, ...stored };
  const { tiles: _tiles, ...detection } = kept.detection as Camera['detection'];
  const detectUrl = draft.detectUrl.trim();
  return {
    ...kept,
    id: draft.id,
    name: draft.name.trim(),
    source: { url: draft.url.trim(), transport: draft.transport, ...(detectUrl === '' ? {} : { detectUrl }) },
    detection: draft.tiles === '' ? detection : { ...detection, tiles: draft.tiles },
    ...(draft.area === '' ? {} : { area: draft.area }),
    // Where nothing is stored the server fills in the rest of these two.
    ...(draft.readsPlates || plates
      ? { plates: { ...plates, enabled: draft.readsPlates, country: draft.country } as Camera['plates'] }
      : {}),
    ...(draft.recording !== 'off' || recording ? { recording: { ...recording, mode: draft.recording } as Camera['recording'] } : {}),
  };
}
