import { answerOf, api } from '../api/client.js';
import type { CameraView } from '../api/types.js';
import type { CameraDraft } from './camera-draft.js';
import { cameraOf } from './camera-of-draft.js';

/**
 * Adds the camera, or changes the stored one and leaves alone what the form does not show.
 * @throws ApiError as the server answers
 */
export async function saveCamera(draft: CameraDraft, stored: CameraView | null): Promise<void> {
  const camera = cameraOf(draft, stored?.camera ?? null);
  // Credentials left out stay as they are.
  const body = {
    camera,
    ...(draft.username === '' ? {} : { credentials: { username: draft.username, password: draft.password } }),
    ...(draft.comment.trim() === '' ? {} : { comment: draft.comment.trim() }),
  };
  if (stored) await answerOf(api.PUT('/api/v1/cameras/{cameraId}', { params: { path: { cameraId: draft.id } }, body }));
  else await answerOf(api.POST('/api/v1/cameras', { body }));
}
