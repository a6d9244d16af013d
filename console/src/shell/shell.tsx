import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { AlertColumn } from '../alerts/alert-column.js';
import { useCameras } from '../api/queries.js';
import { useStreams } from '../session/streams.js';
import { duration } from '../text/format.js';
import { useText } from '../text/language.js';
import { KeysDialog } from './keys-dialog.js';
import { useShortcuts } from './shortcuts.js';
import { useNowMs } from './ticking.js';
import { TopBar } from './top-bar.js';

/** A blink of the network is no news. */
const LOST_NOTICE_MS = 3000;

/** What stays on the screen whatever page is open: top bar, alert list, warning of a lost stream. */
export function Shell({ children }: { children: ReactNode }) {
  const [keysShown, showKeys] = useState(false);
  const { overlay } = useStreams();
  const { cameras } = useCameras();
  useShortcuts({ '?': () => showKeys(true) });
  const client = useQueryClient();
  const overlayState = useSyncExternalStore(overlay.subscribe, () => overlay.socketState);
  useEffect(() => overlay.watch(cameras.map(({ camera }) => camera.id)), [overlay, cameras]);
  useEffect(() => {
    // A camera that no longer exists makes the server refuse the whole list, so a loss asks for the list anew.
    if (overlayState === 'lost') void client.invalidateQueries({ queryKey: ['cameras'] });
  }, [client, overlayState]);
  return (
    <div className="shell">
      <TopBar onKeys={() => showKeys(true)} />
      <AlertsLost />
      <main className="main">{children}</main>
      <AlertColumn />
      {keysShown && <KeysDialog onLeave={() => showKeys(false)} />}
    </div>
  );
}

function AlertsLost() {
  const { text, language } = useText();
  const { alerts } = useStreams();
  const { lostSinceMs } = useSyncExternalStore(alerts.subscribe, () => alerts.connection());
  useNowMs();
  const lostMs = lostSinceMs === null ? 0 : Date.now() - lostSinceMs;
  if (lostMs < LOST_NOTICE_MS) return null;
  return (
    <p className="alerts-lost" role="alert" data-testid="alerts-lost">
      ✕ {text.alertsLost(duration(lostMs, language))}
    </p>
  );
}
