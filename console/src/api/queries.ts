import { useQuery } from '@tanstack/react-query';
import type { MethodResponse } from 'openapi-fetch';
import { useText } from '../text/language.js';
import { answerOf, api } from './client.js';
import type { CameraView } from './types.js';

/** An administrative body that cameras belong to. */
export type UnitView = MethodResponse<typeof api, 'get', '/api/v1/units'>['units'][number];

const NO_UNITS: UnitView[] = [];
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

/** The own units that go on. */
export function useUnits(): UnitView[] {
  const { data } = useQuery({ queryKey: ['units'], queryFn: async () => (await answerOf(api.GET('/api/v1/units'))).units });
  return data?.filter(({ validUntilMs }) => validUntilMs === null || validUntilMs > Date.now()) ?? NO_UNITS;
}

/** Names of the own units by id. */
export function useUnitNames(): Map<string, string> {
  const { language } = useText();
  return new Map(useUnits().map(({ id, name }) => [id, name[language]]));
}
