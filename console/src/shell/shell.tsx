import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { AlertColumn } from '../alerts/alert-column.js';
import { useCameras } from '../api/queries.js';
import { DeskChanges } from '../desk/desk-changes.js';
import { DrillBanner } from '../drills/drill-banner.js';
import { useMay } from '../session/abilities.js';
import { useStreams } from '../session/streams.js';
import { duration } from '../text/format.js';
import { useText } from '../text/language.js';
import { KeysDialog } from './keys-dialog.js';
import { useShortcuts } from './shortcuts.js';
import { useNowMs } from './ticking.js';
import { TopBar } from './top-bar.js';
import { PageTabs } from './ways.js';

/** A blink of the network is no news. */
const LOST_NOTICE_MS = 3000;

/**
 * What stays on the screen whatever page is open: top bar, tabs of the section and, for whoever has alerts to handle,
 * their list and the warning of a lost stream.
 */
export function Shell({ children }: { children: ReactNode }) {
  const [keysShown, showKeys] = useState(false);
  const may = useMay();
  const handlesAlerts = may('alerts:read');
  useShortcuts({ '?': () => showKeys(true) });
  return (
    <div className={handlesAlerts ? 'shell' : 'shell shell-quiet'}>
      <TopBar onKeys={() => showKeys(true)} />
      {handlesAlerts && (
        <div className="notices">
          <AlertsLost />
          <DrillBanner />
        </div>
      )}
      <div className="main-column">
        <PageTabs />
        <main className="main">{children}</main>
      </div>
      {handlesAlerts && may('video:watch') && <CamerasWatched />}
      {handlesAlerts && <DeskChanges />}
      {handlesAlerts && <AlertColumn />}
      {keysShown && <KeysDialog onLeave={() => showKeys(false)} />}
    </div>
  );
}

/** Keeps the states of all cameras coming. */
function CamerasWatched() {
  const { overlay } = useStreams();
  const { cameras } = useCameras();
  const client = useQueryClient();
  const overlayState = useSyncExternalStore(overlay.subscribe, () => overlay.socketState);
  useEffect(() => overlay.watch(cameras.map(({ camera }) => camera.id)), [overlay, cameras]);
  useEffect(() => {
    // A camera that no longer exists makes the server refuse the whole list, so a loss asks for the list anew.
    if (overlayState === 'lost') void client.invalidateQueries({ queryKey: ['cameras'] });
  }, [client, overlayState]);
  return null;
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
