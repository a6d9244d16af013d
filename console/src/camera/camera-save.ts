import { ApiError, answerOf, api } from '../api/client.js';
import type { Camera, CameraView } from '../api/types.js';
import { type CameraDraft, refusalLines } from './camera-draft.js';

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

/** The draft that shows a stored camera; its password never leaves the server. */
export function draftOf(stored: CameraView | null): CameraDraft {
  if (!stored) return { id: '', name: '', url: '', transport: 'tcp', username: '', password: '' };
  const { id, name, source } = stored.camera;
  return { id, name, url: source.url, transport: source.transport, username: '', password: '' };
}

/**
 * Adds the camera, or changes the stored one and leaves alone what the form does not show.
 * @throws ApiError as the server answers
 */
export async function saveCamera(draft: CameraDraft, stored: CameraView | null): Promise<void> {
  const source = { url: draft.url.trim(), transport: draft.transport };
  const camera = { ...BLANK, ...stored?.camera, id: draft.id, name: draft.name.trim(), source };
  // Credentials left out stay as they are.
  const body = draft.username === '' ? { camera } : { camera, credentials: { username: draft.username, password: draft.password } };
  if (stored) await answerOf(api.PUT('/api/v1/cameras/{cameraId}', { params: { path: { cameraId: draft.id } }, body }));
  else await answerOf(api.POST('/api/v1/cameras', { body }));
}

/** What the server found wrong: at the field it names, or above the form. */
export interface Refusal {
  code: string;
  fields: Partial<Record<keyof CameraDraft, string>>;
  general: string[];
}

/** Sorts a refusal's lines to the fields they are about. */
export function refusalOf(error: unknown): Refusal {
  const refused = error instanceof ApiError ? error : new ApiError('CONSOLE_UNREACHABLE', '', 0);
  const lines = refusalLines(refused.message);
  return {
    code: refused.code,
    fields: Object.fromEntries(lines.filter(({ field }) => field).map(({ field, message }) => [field, message])),
    general: lines.filter(({ field }) => !field).map(({ message }) => message),
  };
}
