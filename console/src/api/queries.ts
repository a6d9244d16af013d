import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from './client.js';
import type { CameraView } from './types.js';

const CAMERAS_EVERY_MS = 30_000;
const NONE: CameraView[] = [];

/** All cameras of the operator's unit; asked again now and then, because another administrator may add one. */
export function useCameras(): { cameras: CameraView[]; loaded: boolean; failed: boolean } {
  const { data, isError } = useQuery({
    queryKey: ['cameras'],
    queryFn: async () => (await answerOf(api.GET('/api/v1/cameras'))).cameras,
    refetchInterval: CAMERAS_EVERY_MS,
  });
  return { cameras: data ?? NONE, loaded: data !== undefined, failed: isError };
}
