import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { useStreams } from '../session/streams.js';

/** Reads a part of the desk again when the server says that it changed, and all of them when the stream is back after a loss. */
export function DeskChanges() {
  const { alerts } = useStreams();
  const client = useQueryClient();
  const { state } = useSyncExternalStore(alerts.subscribe, () => alerts.connection());
  useEffect(() => alerts.onDesk((part) => void client.invalidateQueries({ queryKey: [part] })), [alerts, client]);
  useEffect(() => {
    if (state === 'open') for (const part of ['drills', 'flags', 'handovers']) void client.invalidateQueries({ queryKey: [part] });
  }, [state, client]);
  return null;
}
