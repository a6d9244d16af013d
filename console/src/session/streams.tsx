import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { type AlertSource, type AlertStream, createAlertStream } from '../alerts/alert-stream.js';
import { answerOf, api } from '../api/client.js';
import { Socket } from '../api/socket.js';
import type { Alert, CameraState } from '../api/types.js';
import { OverlayHub } from '../live/overlay-hub.js';

interface Streams {
  overlay: OverlayHub;
  alerts: AlertStream;
}

/** The newest alerts, and what was escalated however old it is. */
async function newestAndEscalated(limit: number): Promise<Alert[]> {
  const lists = [{ limit }, { limit, escalated: true }].map((query) => answerOf(api.GET('/api/v1/alerts', { params: { query } })));
  const [newest, escalated] = await Promise.all(lists);
  return [...(newest?.alerts ?? []), ...(escalated?.alerts ?? [])];
}

const alertSource: AlertSource = {
  list: newestAndEscalated,
  open: (options) => new Socket(options),
};

const StreamsContext = createContext<Streams | null>(null);

/** Opens the live connections for as long as somebody is signed in. */
export function StreamsProvider({ children }: { children: ReactNode }) {
  const [streams, setStreams] = useState<Streams | null>(null);
  useEffect(() => {
    const opened = { overlay: new OverlayHub(), alerts: createAlertStream(alertSource) };
    setStreams(opened);
    return () => {
      opened.overlay.close();
      opened.alerts.close();
    };
  }, []);
  return streams && <StreamsContext value={streams}>{children}</StreamsContext>;
}

/** The live connections of this session. */
export function useStreams(): Streams {
  const streams = useContext(StreamsContext);
  if (!streams) throw new Error('useStreams needs a StreamsProvider above it');
  return streams;
}

/** The newest state of a camera: heard over the stream, or `known` from the list until then. */
export function useCameraState(cameraId: string, known: CameraState | null): CameraState | null {
  const { overlay } = useStreams();
  return useSyncExternalStore(overlay.subscribe, () => overlay.stateOf(cameraId) ?? known);
}
