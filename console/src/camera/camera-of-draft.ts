import type { Camera, CameraView } from '../api/types.js';
import { type CameraDraft, numberOf } from './camera-draft.js';

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
  ...{ unitId: '', groups: '', address: '', latitude: '', longitude: '', direction: '' },
  ...{ certificateNumber: '', certificateIssuer: '', certificateIssuedOn: '', certificateValidUntil: '', certificateFile: '' },
  comment: '',
};

const textOf = (value: number | undefined) => (value === undefined ? '' : String(value));

/** The part of a draft about place, groups and certificate. */
function keptDraft({ unitId, groups, location, directionDegrees, certificate }: Camera): Partial<CameraDraft> {
  return {
    ...{ unitId: unitId ?? '', groups: (groups ?? []).join(', '), direction: textOf(directionDegrees) },
    ...{ address: location?.address ?? '', latitude: textOf(location?.latitude), longitude: textOf(location?.longitude) },
    ...{ certificateNumber: certificate?.number ?? '', certificateIssuer: certificate?.issuer ?? '' },
    ...{ certificateIssuedOn: certificate?.issuedOn ?? '', certificateValidUntil: certificate?.validUntil ?? '' },
    certificateFile: certificate?.fileSha256 ?? '',
  };
}

/** The same as parts of a camera; what is empty is not there. */
function keptParts(draft: CameraDraft): Partial<Camera> {
  const groups = [...new Set(draft.groups.split(',').map((group) => group.trim()))].filter(Boolean);
  const [latitude, longitude, direction] = [numberOf(draft.latitude), numberOf(draft.longitude), numberOf(draft.direction)];
  const file = draft.certificateFile.trim().toLowerCase();
  const certificate = {
    number: draft.certificateNumber.trim(),
    issuer: draft.certificateIssuer.trim(),
    issuedOn: draft.certificateIssuedOn,
    validUntil: draft.certificateValidUntil,
    ...(file === '' ? {} : { fileSha256: file }),
  };
  return {
    ...(draft.unitId === '' ? {} : { unitId: draft.unitId }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(latitude === null || longitude === null ? {} : { location: { latitude, longitude, address: draft.address.trim() } }),
    ...(direction === null ? {} : { directionDegrees: direction }),
    ...(certificate.number === '' ? {} : { certificate }),
  };
}

/** The draft that shows a stored camera; its password never leaves the server. */
export function draftOf(stored: CameraView | null): CameraDraft {
  if (!stored) return EMPTY;
  const { id, name, source, area, plates, recording, detection } = stored.camera;
  return {
    ...EMPTY,
    ...{ id, name, url: source.url, transport: source.transport, detectUrl: source.detectUrl ?? '', area: area ?? '' },
    ...{ readsPlates: plates?.enabled ?? false, country: plates?.country ?? EMPTY.country },
    ...{ recording: recording?.mode ?? 'off', tiles: detection.tiles ?? '' },
    ...keptDraft(stored.camera),
  };
}

/** The camera to send: what the form says over what is stored, which stays where the form does not show it. */
export function cameraOf(draft: CameraDraft, stored: Camera | null): Camera {
  const { area: _area, plates, recording, ...all } = { ...BLANK, ...stored };
  const { groups: _groups, location: _location, directionDegrees: _direction, certificate: _certificate, ...kept } = all as Partial<Camera>;
  const { tiles: _tiles, ...detection } = kept.detection as Camera['detection'];
  const detectUrl = draft.detectUrl.trim();
  return {
    ...(kept as Camera),
    id: draft.id,
    name: draft.name.trim(),
    source: { url: draft.url.trim(), transport: draft.transport, ...(detectUrl === '' ? {} : { detectUrl }) },
    ...keptParts(draft),
    detection: draft.tiles === '' ? detection : { ...detection, tiles: draft.tiles },
    ...(draft.area === '' ? {} : { area: draft.area }),
    // Where nothing is stored the server fills in the rest of these two.
    ...(draft.readsPlates || plates
      ? { plates: { ...plates, enabled: draft.readsPlates, country: draft.country } as Camera['plates'] }
      : {}),
    ...(draft.recording !== 'off' || recording ? { recording: { ...recording, mode: draft.recording } as Camera['recording'] } : {}),
  };
}
