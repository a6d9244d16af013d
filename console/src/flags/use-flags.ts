import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useAlertDesk } from '../alerts/alert-desk.js';
import { answerOf, api } from '../api/client.js';
import { useNowMs } from '../shell/ticking.js';
import { flagsByCamera, type ShownFlag } from './flags.js';

const EVERY_MS = 60_000;
const NONE: ShownFlag[] = [];
const KEY = 'safecity.wall.flagged-only';

/** The marks as the server lists them, and when the shift ends. */
export function useFlagList() {
  return useQuery({
    queryKey: ['flags'],
    queryFn: () => answerOf(api.GET('/api/v1/flags')),
    refetchInterval: EVERY_MS,
  });
}

/** Marks by camera, live. */
export function useFlags(): Map<string, ShownFlag[]> {
  const { data } = useFlagList();
  const { alerts } = useAlertDesk();
  const nowMs = useNowMs();
  const listed = data?.flags ?? NONE;
  return useMemo(() => flagsByCamera(listed, alerts, nowMs), [listed, alerts, nowMs]);
}

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === 'true';
  } catch {
    // Storage can be forbidden by policy; the choice then lasts as long as the page.
    return false;
  }
}

/** Whether the wall shows flagged cameras only; remembered on this workstation. */
export function useFlaggedOnly(): [boolean, () => void] {
  const [only, setOnly] = useState(remembered);
  function toggle(): void {
    setOnly(!only);
    try {
      localStorage.setItem(KEY, String(!only));
    } catch {
      // See above.
    }
  }
  return [only, toggle];
}
